"""Octets of a MIME part as text: transfer encodings undone, charsets believed as far as they can be. Never fails."""

from __future__ import annotations

import binascii
import re
from codecs import getincrementaldecoder
from encodings.aliases import aliases
from typing import Final

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_SUPERSETS: Final = {
    "ascii": "utf_8",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "windows_874": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "utf8": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
}
"""What senders mean: many label a text with the small brother of the charset they wrote it in."""
_NO_CHARSETS: Final = {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "mbcs",
    "quopri_codec",
    "rot_13",
    "uu_codec",
    "zlib_codec",
}
_CHARSETS: Final = frozenset(aliases.values()) - _NO_CHARSETS


def decode_transfer(raw: bytes, encoding: str | None) -> bytes:
    """Return the content under a transfer encoding (RFC 2045 section 6); broken or cut input gives what can be read."""
    name = (encoding or "").strip().lower()
    if name == "base64":
        return _from_base64(raw)
    if name == "quoted-printable":
        return binascii.a2b_qp(raw)
    if name in ("x-uuencode", "uuencode", "x-uue"):
        return _from_uu(raw)
    return raw


def decode_text(raw: bytes, encoding: str | None, charset: str | None) -> str:
    """Return a text part for people: lines end in a line feed, without NUL and without half characters.

    An unknown or missing charset is taken for UTF-8, and where the octets are none, for Windows-1252. A character cut
    in two at the end is left out.
    """
    octets = decode_transfer(raw, encoding)
    for name in (_codec(charset), "utf_8"):
        text = _try(octets, name) if name else None
        if text is not None:
            return _clean(text)
    return _clean(octets.decode("cp1252", "replace"))


def _try(octets: bytes, codec: str) -> str | None:
    decoder = getincrementaldecoder(codec)()
    try:
        return decoder.decode(octets, final=False)
    except (UnicodeDecodeError, ValueError):
        return None


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").removeprefix("\ufeff")
    return lines.encode("utf-8", "replace").decode("utf-8")


def _from_base64(raw: bytes) -> bytes:
    # What follows padding is another text; joined ones are decoded one by one.
    found = []
    for piece in re.split(rb"=+", raw):
        digits = _NOT_BASE64.sub(b"", piece)
        whole = digits[: len(digits) - (len(digits) % 4 == 1)]
        found.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(found)


def _from_uu(raw: bytes) -> bytes:
    found = []
    for line in raw.splitlines():
        if line.startswith((b"begin ", b"end")) or not line:
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(found)


def _codec(charset: str | None) -> str | None:
    """Python's codec for `charset`; only names known beforehand, since looking up others costs memory for ever."""
    name = (charset or "").partition("*")[0].strip("\"' ").lower().replace("-", "_").replace(" ", "_")
    name = _SUPERSETS.get(name) or aliases.get(name, name)
    name = _SUPERSETS.get(name, name)
    return name if name in _CHARSETS or name in _SUPERSETS.values() else None
