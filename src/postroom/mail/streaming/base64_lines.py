"""Decodes base64 piece by piece, and leaves out the text around it as `transfer` does. Pure.

Until the first line that is certainly base64, everything is kept, up to a limit. From there on, octets that are
nothing but digits and line ends are decoded at once. Only where there is something else, each line is judged by itself:
prose is left out, and a line that may be either counts if certain lines follow.
"""

from __future__ import annotations

import binascii
from typing import Final

from postroom.mail.mime.transfer import (
    BASE64,
    DIGITS_ONLY,
    LINES,
    NOT_BASE64,
    RULE,
    URL_SAFE,
    decode_base64,
    decode_transfer,
    is_base64_line,
    is_prose,
)
from postroom.mail.streaming.lines import LONGEST_LINE, whole_lines

__all__ = ["Base64Decoder"]

_MOST_WORDS: Final = 2
"""Words in a line of base64 that blanks have crept into; a line with more is text."""


class Base64Decoder:
    """Decodes one base64 text, or several that follow one another."""

    def __init__(self) -> None:
        self._unfinished = b""
        # Everything up to now, as long as nothing was certain; None afterwards.
        self._beginning: bytes | None = b""
        self._is_text = False
        # Digits that do not fill a group of four yet.
        self._digits = b""
        # Lines that are base64 only if more of it follows, and whether the first of them follows it directly.
        self._doubtful: list[bytes] = []
        self._is_direct = False
        self._is_padded = False

    def feed(self, raw: bytes) -> bytes:
        """Take the next octets as transferred; return the decoded octets that are certain by now."""
        lines, self._unfinished = whole_lines(self._unfinished + raw)
        return self._take(lines)

    def finish(self) -> bytes:
        """The content has ended; return the rest."""
        found = self._take(self._unfinished)
        self._unfinished = b""
        if self._beginning is not None:
            return decode_transfer(self._beginning, "base64")
        if self._doubtful and self._is_direct and not self._is_padded and DIGITS_ONLY.fullmatch(self._doubtful[0]):
            found += self._decode(self._doubtful[0].translate(URL_SAFE))
        return found + decode_base64(self._digits)

    def _take(self, lines: bytes) -> bytes:
        if self._is_text or not lines:
            return lines
        if self._beginning is not None:
            return self._begin(self._beginning + lines)
        if not self._doubtful and _is_pure(lines):
            return self._pure(lines)
        return self._judged([line[0].strip() for line in LINES.finditer(lines)])

    def _begin(self, beginning: bytes) -> bytes:
        """Look for the first line that is certainly base64; without one, keep the lines or decide at the limit."""
        lines = [line[0].strip() for line in LINES.finditer(beginning)]
        sure = next((at for at, line in enumerate(lines) if is_base64_line(line) and not RULE.fullmatch(line)), None)
        if sure is None and len(beginning) <= LONGEST_LINE:
            self._beginning = beginning
            return b""
        self._beginning = None
        if sure is not None:
            if _is_pure(beginning):
                return self._pure(beginning)
            while sure and not is_prose(lines[sure - 1]):
                sure -= 1
            self._doubtful, self._is_direct = [], False
            return self._judged(lines[sure:], is_inside=True)
        if any(len(line[:LONGEST_LINE].split()) > _MOST_WORDS for line in lines):
            self._is_text = True
            return beginning
        return self._decode(b"".join(line for line in lines if not is_prose(line)).translate(URL_SAFE))

    def _pure(self, lines: bytes) -> bytes:
        """Decode lines that are nothing but digits."""
        last = lines.rstrip()[-LONGEST_LINE:]
        last = last[max(last.rfind(b"\n"), last.rfind(b"\r")) + 1 :]
        if last:
            self._is_direct, self._is_padded = is_base64_line(last), last.endswith(b"=")
        return self._decode(lines)

    def _judged(self, lines: list[bytes], *, is_inside: bool = False) -> bytes:
        """Decode the lines that are base64. `is_inside` takes doubtful lines before the first certain one."""
        found: list[bytes] = []
        for line in lines:
            if not line or RULE.fullmatch(line):
                continue
            if is_base64_line(line):
                found += [*self._doubtful, line]
                self._doubtful, self._is_direct, self._is_padded = [], True, line.endswith(b"=")
                is_inside = False
            elif is_prose(line):
                self._is_direct = self._is_direct and bool(self._doubtful)
            elif is_inside:
                found.append(line)
            else:
                self._doubt(line, found)
        return self._decode(b"".join(found).translate(URL_SAFE))

    def _doubt(self, line: bytes, found: list[bytes]) -> None:
        """Keep a line until certain ones follow. Many such lines count as base64."""
        self._doubtful.append(line)
        if sum(map(len, self._doubtful)) > LONGEST_LINE:
            found += self._doubtful
            self._doubtful, self._is_direct = [], False

    def _decode(self, digits: bytes) -> bytes:
        """Decode whole groups and keep the rest. Padding ends a text."""
        ended, padding, rest = (self._digits + digits).rpartition(b"=")
        rest = rest.translate(None, NOT_BASE64)
        whole = len(rest) - len(rest) % 4
        self._digits = rest[whole:]
        return (decode_base64(ended + padding) if padding else b"") + binascii.a2b_base64(rest[:whole])


def _is_pure(lines: bytes) -> bool:
    """Whether lines have only digits, with padding at their end at most."""
    remainder = lines.translate(None, BASE64 + b"\r\n\t")
    return remainder in (b"", b"=", b"==") and lines.rstrip().endswith(remainder)
