"""The fields of a header as they are written, so that all that is not changed stays octet by octet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["HeaderField", "MalformedHeader", "first_value", "split_header"]

_FIELD: Final = re.compile(rb"[!-9;-~]+(?=[ \t]*:)")
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_FROM_LINE: Final = b"From "


class MalformedHeader(ValueError):
    """A line of a header is no field. The error says which line, counted from 1."""


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A field: its name in lower case, and its octets with all line ends."""

    name: str
    octets: bytes

    @property
    def value(self) -> bytes:
        """The value on one line, without the space around it."""
        return _FOLD.sub(b"", self.octets.partition(b":")[2]).strip()

    @classmethod
    def of(cls, written: str) -> HeaderField:
        """Return a field that was written without its last line end."""
        return cls(written.partition(":")[0].rstrip().lower(), f"{written}\r\n".encode())


def split_header(octets: bytes, start: int = 0, end: int | None = None) -> tuple[list[HeaderField], int]:
    """Return the fields of a message or part with CRLF line ends, and where its body begins.

    A line that a mailbox file puts before each message is left out. Raises MalformedHeader.
    """
    end = len(octets) if end is None else end
    lines: list[list[bytes]] = []
    at = start
    while at < end:
        found = _LINE.match(octets, at, end)
        assert found is not None
        line, at = found[0], found.end()
        if line in (b"\r\n", b"\n"):
            break
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1].append(line)
        elif _FIELD.match(line):
            lines.append([line])
        elif lines or not line.startswith(_FROM_LINE):
            number = octets.count(b"\n", start, at - len(line)) + 1
            raise MalformedHeader(f"line {number} is no header field")
    return [_field(b"".join(each)) for each in lines], at


def first_value(fields: Iterable[HeaderField], name: str) -> bytes | None:
    """Return the value of the first field of this name, None when there is none."""
    return next((each.value for each in fields if each.name == name), None)


def _field(octets: bytes) -> HeaderField:
    found = _FIELD.match(octets)
    assert found is not None
    return HeaderField(found[0].decode("ascii").lower(), octets if octets.endswith(b"\n") else octets + b"\r\n")
