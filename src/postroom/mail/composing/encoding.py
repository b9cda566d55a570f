"""Encodes the content of parts line by line, in pieces, so that a large one is not copied several times. Pure."""

from __future__ import annotations

import binascii
import re
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.line_ends import has_long_line, with_crlf

__all__ = ["Base64Lines", "PlainLines", "QuotedLines", "is_safe_as_it_is", "is_shorter_quoted"]

_WIDTH: Final = 76
_UNSAFE_AS_IT_IS: Final = re.compile(rb"[ \t](?:\n|\Z)|^From |^\.|\0", re.MULTILINE)
"""What some programs on the way change: spaces at the end of a line, `From ` and a dot at its beginning."""

_TAKEN_FOR_ANOTHER: Final = re.compile(rb"^(F(?=rom )|\.)(.*)", re.MULTILINE)
_TOO_LONG: Final = re.compile(rb"^.{77,}$", re.MULTILINE)
_PIECE: Final = 57 * 4096
"""Octets that are encoded at once, a multiple of what a line of base64 holds."""


@dataclass(frozen=True, slots=True)
class Base64Lines:
    """A content in base64, encoded while it is gone through."""

    content: bytes = field(repr=False)

    def __iter__(self) -> Iterator[bytes]:
        view = memoryview(self.content)
        for at in range(0, len(view), _PIECE):
            yield with_crlf(encodebytes(view[at : at + _PIECE]))


@dataclass(frozen=True, slots=True)
class QuotedLines:
    """A text with LF line ends in quoted-printable, encoded while it is gone through."""

    text: bytes = field(repr=False)

    def __iter__(self) -> Iterator[bytes]:
        at = 0
        while at < len(self.text):
            end = len(self.text) if len(self.text) - at <= _PIECE else self.text.rfind(b"\n", at, at + _PIECE) + 1
            is_in_line = end <= at
            end = at + _PIECE if is_in_line else end
            quoted = _quoted_printable(self.text[at:end])
            yield with_crlf(_broken(quoted) if is_in_line else quoted)
            at = end


@dataclass(frozen=True, slots=True)
class PlainLines:
    """A text with LF line ends as it is, with the line ends of mail."""

    text: bytes = field(repr=False)

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self.text), _PIECE):
            yield with_crlf(self.text[at : at + _PIECE])


def is_safe_as_it_is(text: bytes) -> bool:
    """Return whether nothing on the way changes a text with LF line ends, and its lines are short."""
    return text.isascii() and not _UNSAFE_AS_IT_IS.search(text) and not has_long_line(text, _WIDTH)


def is_shorter_quoted(text: bytes) -> bool:
    """Return whether a text with LF line ends is about as short in quoted-printable as in base64, or shorter."""
    some = text[:_PIECE]
    return len(_quoted_printable(some)) <= len(encodebytes(some.replace(b"\n", b"\r\n")))


def _quoted_printable(raw: bytes) -> bytes:
    """Return text with LF line ends in quoted-printable, so that no program on the way takes a line for its own."""
    # The library lets a line grow when it encodes a space at its end.
    return _TAKEN_FOR_ANOTHER.sub(_disguised, _TOO_LONG.sub(_shortened, binascii.b2a_qp(raw, istext=True)))


def _broken(quoted: bytes) -> bytes:
    """Return quoted text that goes on in the next piece, so that its last line is broken and not ended."""
    last = len(quoted) - quoted.rfind(b"\n") - 1
    end = len(quoted)
    if last >= _WIDTH:
        # An escape has three characters, and stays whole.
        end -= 3 if quoted[-3:-2] == b"=" else 1
    return quoted + b"=\n" if end == len(quoted) else quoted[:end] + b"=\n" + quoted[end:] + b"=\n"


def _shortened(line: re.Match[bytes]) -> bytes:
    """Return a line that is a little too long in two, with its escapes whole."""
    escape = line[0].find(b"=", _WIDTH - 5, _WIDTH - 3)
    cut = escape if escape >= 0 else _WIDTH - 3
    return line[0][:cut] + b"=\n" + line[0][cut:]


def _disguised(line: re.Match[bytes]) -> bytes:
    """Return a line with its first octet encoded, and broken behind that if it would be too long."""
    first = b"=%02X" % line[1][0]
    return first + (line[2] if len(first) + len(line[2]) <= _WIDTH else b"=\n" + line[2])
