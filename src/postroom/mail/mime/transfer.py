"""Decodes content transfer encodings (RFC 2045 section 6), even when damaged on the way. Never fails. Pure."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
UUENCODE: Final = ("x-uuencode", "uuencode", "x-uue")
"""Names of uuencode."""

BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NOT_BASE64: Final = bytes(set(range(256)) - set(BASE64))
URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
DIGITS_ONLY: Final = re.compile(rb"[A-Za-z0-9+/_-]+=*|=+[A-Za-z0-9+/_-]*=*")
RULE: Final = re.compile(rb"[-_=+/]+")
_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9+/=_ \t-]")
LINES: Final = re.compile(rb"[^\r\n]+")
_FULL_LINE: Final = 20
# The octets of a line that are examined to tell whether it is base64; and the lines in 12 MB of 60 octets each.
_LOOKED_AT: Final = 4096
_MOST_LINES: Final = 200_000
# Texts that may be joined into one; each can end in padding.
_MOST_PADDED: Final = 10_000
# A call into a library holds the interpreter, so quoted-printable is decoded in pieces.
PIECE: Final = 64 * 1024
"""Octets of quoted-printable that are decoded at once."""

_SEARCHED_FOR_CUT: Final = 200
_BLANKS_AT_ENDS: Final = (b" \r", b" \n", b"\t\r", b"\t\n")
_TRAILING_BLANKS: Final = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_DOUBLE_EQUALS: Final = re.compile(rb"=(?==)")
_LONE_RETURN: Final = re.compile(rb"=\r(?!\n)")
_HALF_ESCAPE: Final = re.compile(rb"=[0-9A-Fa-f]")


def decode_transfer(raw: bytes, encoding: str | None, *, cut: bool = False) -> bytes:
    """Return the decoded content; damaged input gives as much as can be read.

    `cut` means that `raw` is only the beginning of the part: an incomplete group at its end is left out.
    """
    name = encoding_name(encoding)
    if name == "base64":
        return _from_base64(raw)
    if name == "quoted-printable":
        return _from_quoted_printable(raw, cut=cut)
    if name in UUENCODE:
        return decode_uu(raw)
    return raw


def encoding_name(encoding: str | None) -> str:
    """Return the name in a Content-Transfer-Encoding, in lower case; empty when there is none."""
    found = _NAME.search(encoding or "")
    return found[0].lower().replace("_", "-") if found is not None else ""


def decode_base64(digits: bytes) -> bytes:
    """Return the octets that base64 digits encode. Other characters are skipped, and padding may be missing.

    After padding, a new text begins. Each text is decoded by itself, and incomplete groups of digits are dropped. This
    holds for as many texts as an honest mail may have.
    """
    found = []
    for piece in digits.split(b"=", _MOST_PADDED):
        whole = piece.translate(None, NOT_BASE64)
        if len(whole) > 1:
            whole = whole[: len(whole) - (len(whole) % 4 == 1)]
            found.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(found)


def _from_quoted_printable(raw: bytes, *, cut: bool) -> bytes:
    """RFC 2045 section 6.7. An `=` that starts no valid sequence stays as it is, and so do octets beyond ASCII."""
    if cut and _HALF_ESCAPE.fullmatch(raw[-2:]):
        raw = raw[:-2]
    return b"".join(map(piece_of_quoted_printable, _pieces(raw)))


def _pieces(raw: bytes) -> Iterator[bytes]:
    """The text in pieces that end with a line, or inside a word when no line end is near."""
    at = 0
    while len(raw) - at > PIECE:
        end = end_of_piece(raw, at)
        yield raw[at:end]
        at = end
    yield raw[at:]


def end_of_piece(raw: bytes, at: int) -> int:
    """Return where the piece of quoted-printable from `at` ends, if more than `PIECE` octets are left."""
    end = raw.rfind(b"\n", at, at + PIECE) + 1
    if end <= at:
        whole = range(at + PIECE, at + PIECE - _SEARCHED_FOR_CUT, -1)
        end = next((each for each in whole if _is_word(raw[each - 2 : each])), at + PIECE)
    return end


def _is_word(octets: bytes) -> bool:
    return b"=" not in octets and not octets.endswith((b" ", b"\t", b"\r"))


def piece_of_quoted_printable(raw: bytes) -> bytes:
    """Return the decoded octets of a piece that ends with a line or a word."""
    if raw[-1:] in (b" ", b"\t") or any(blank in raw for blank in _BLANKS_AT_ENDS):
        raw = _TRAILING_BLANKS.sub(b"", raw)
    # The standard library's decoder turns `==` into `=`, and after `=` and CR skips to the next line.
    if b"==" in raw:
        raw = _DOUBLE_EQUALS.sub(b"=3D", raw)
    if raw.count(b"=\r") > raw.count(b"=\r\n"):
        raw = _LONE_RETURN.sub(b"=\n", raw)
    return binascii.a2b_qp(raw)


def _from_base64(raw: bytes) -> bytes:
    """RFC 2045 section 6.8. Text around the base64, such as the footer of a mailing list, is left out.

    Text that is not base64 at all, despite its label, is returned unchanged.
    """
    remainder = raw.translate(None, BASE64 + b"\r\n\t")
    if remainder in (b"", b"=", b"==") and raw.rstrip().endswith(remainder):
        return decode_base64(raw)
    if raw.count(b"\n") + raw.count(b"\r") > 2 * _MOST_LINES:
        return decode_base64(raw)
    lines = [line[0].strip() for line in LINES.finditer(raw)]
    if not any(map(is_base64_line, lines)) and any(len(line[:_LOOKED_AT].split()) > 2 for line in lines):
        return raw
    return decode_base64(b"".join(_base64_lines(lines)))


def _base64_lines(lines: list[bytes]) -> list[bytes]:
    """The lines that are base64.

    A line is certain if it has only digits and is long or padded, or if it is very long with hardly anything else. The
    content starts at the first certain line, or at earlier lines without prose directly before it. It ends with the
    last certain line, or with a short line of digits directly after that. Prose between these lines is left out.
    """
    lines = [line for line in lines if line and not RULE.fullmatch(line)]
    sure = [at for at, line in enumerate(lines) if is_base64_line(line)]
    if sure:
        first, last = sure[0], sure[-1]
        while first and not is_prose(lines[first - 1]):
            first -= 1
        behind = lines[last + 1 : last + 2]
        if behind and not lines[last].endswith(b"=") and DIGITS_ONLY.fullmatch(behind[0]):
            last += 1
        lines = [line for line in lines[first : last + 1] if not is_prose(line)]
    return [line.translate(URL_SAFE) for line in lines]


def is_base64_line(line: bytes) -> bool:
    """Whether a line is certainly base64."""
    line = line[:_LOOKED_AT]
    if DIGITS_ONLY.fullmatch(line):
        return len(line) >= _FULL_LINE or line.endswith(b"=")
    return len(line) >= 2 * _FULL_LINE and not is_prose(line) and len(_FOREIGN.findall(line)) * 30 <= len(line)


def is_prose(line: bytes) -> bool:
    """Whether a line is text for people."""
    line = line[:_LOOKED_AT]
    return len(line.split()) > 2 or b"://" in line or len(_FOREIGN.findall(line)) * 10 > len(line)


def decode_uu(raw: bytes) -> bytes:
    """Return the content of uuencoded lines. The first line, the last one and damaged ones are skipped."""
    found = bytearray()
    for line in LINES.finditer(raw):
        if line[0].startswith((b"begin ", b"end")):
            continue
        try:
            found += binascii.a2b_uu(line[0])
        except binascii.Error:
            continue
    return bytes(found)
