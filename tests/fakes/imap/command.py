"""Reads a client's command with its arguments (RFC 3501, section 9), including literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Argument: TypeAlias = "str | bytes | list[Argument]"

LITERAL_AT_END = re.compile(rb"\{(\d+)(\+?)\}\r?\n$")
_TOKEN = re.compile(
    rb"""(?P<open>\() | (?P<close>\)) | "(?P<quoted>(?:[^"\\]|\\.)*)" | \{(?P<literal>\d+)\+?\}\r?\n
    | (?P<atom>(?:\[[^\]]*\]|[^\s()"\[{]|\{(?!\d))+)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Command:
    """A client's command. `name` is in capitals and holds a leading `UID`; `raw` is the whole text without CRLF.

    Atoms and quoted strings are `str`, literals are `bytes`, parenthesized lists are lists.
    """

    tag: str
    name: str
    arguments: list[Argument] = field(default_factory=list)
    raw: bytes = b""

    def text(self, index: int) -> str:
        """The argument at `index` as text, in any of its forms; empty when there is none."""
        argument = self.arguments[index] if index < len(self.arguments) else ""
        if isinstance(argument, bytes):
            return argument.decode(errors="replace")
        return str(argument)


def parse_command(raw: bytes) -> Command:
    """Read one whole command, including its literals."""
    words = _read_list(_Tokens(raw))
    tag, name, *arguments = [*words, "", ""] if len(words) < 2 else words
    if str(name).upper() == "UID" and arguments:
        name, arguments = f"UID {arguments[0]!s}", arguments[1:]
    return Command(str(tag), str(name).upper(), arguments, raw.rstrip(b"\r\n"))


class _Tokens:
    """A cursor over the raw text."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.position = 0

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        while match := _TOKEN.search(self.raw, self.position):
            self.position = match.end()
            kind = str(match.lastgroup)
            if kind == "literal":
                size = int(match["literal"])
                self.position += size
                yield kind, self.raw[match.end() : self.position]
            else:
                yield kind, match[kind]


def _read_list(tokens: _Tokens) -> list[Argument]:
    items: list[Argument] = []
    for kind, value in tokens:
        if kind == "close":
            break
        if kind == "open":
            items.append(_read_list(tokens))
        elif kind == "literal":
            items.append(value)
        else:
            plain = re.sub(rb"\\(.)", rb"\1", value) if kind == "quoted" else value
            items.append(plain.decode(errors="surrogateescape"))
    return items
