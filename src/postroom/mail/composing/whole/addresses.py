"""Reads the addresses of a header field as it is written (RFC 5322 section 3.4), old forms included. Pure.

Nothing is left out. What is no address stays as it is written, so that it can be named to the caller.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Correspondent
from postroom.mail.mime.encoded_words import decode_header, decode_text

__all__ = ["read_addresses"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|\[[^\[\]]*\]|[^"()<>,;:\[\]\\]+|\\.|.', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_AROUND_SIGN: Final = re.compile(r"\s*([@.])\s*")


def read_addresses(value: bytes) -> tuple[Correspondent, ...]:
    """Return the addresses of a field whose value is on one line, those of groups included, in their order."""
    reader = _Reader()
    for piece in _TOKEN.findall(decode_text(value)):
        reader.take(piece)
    reader.finish()
    return tuple(reader.found)


@dataclass(slots=True)
class _Reader:
    """What is read of the address under way. `route` is what stands between angle brackets."""

    found: list[Correspondent] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    route: list[str] | None = None
    depth: int = 0
    is_in_brackets: bool = False

    def take(self, piece: str) -> None:
        """Read one piece."""
        if piece == "(":
            self.depth += 1
        elif self.depth:
            self._take_comment(piece)
        elif self.is_in_brackets and self.route is not None:
            self._take_route(piece, self.route)
        elif piece == "<" and self.route is None:
            self.route, self.is_in_brackets = [], True
        elif piece in (",", ";"):
            self.finish()
        elif piece == ":":
            # This was the name of a group.
            self.words.clear()
        else:
            self.words.append(piece)

    def finish(self) -> None:
        """Keep the address that is read, if there is one."""
        if self.route is not None:
            address, name = _address(self.route), _name(self.words)
        else:
            address, name = _address(self.words), _name(self.comment)
        if address or name:
            self.found.append(Correspondent(address, name))
        self.words.clear()
        self.comment.clear()
        self.route, self.is_in_brackets = None, False

    def _take_comment(self, piece: str) -> None:
        if piece == ")":
            self.depth -= 1
        else:
            self.comment.append(piece)

    def _take_route(self, piece: str, route: list[str]) -> None:
        if piece == ">":
            self.is_in_brackets = False
        elif piece == ":":
            # A path through other hosts stands before it, and means nothing any more (RFC 5321, appendix C).
            route.clear()
        else:
            route.append(piece)


def _address(tokens: list[str]) -> str:
    return "".join(each if each.startswith('"') else _AROUND_SIGN.sub(r"\1", each) for each in tokens).strip()


def _name(tokens: list[str]) -> str:
    plain = (_ESCAPED.sub(r"\1", each[1:-1]) if each.startswith('"') and len(each) > 1 else each for each in tokens)
    return decode_header("".join(plain).encode("utf-8", "replace")).strip()
