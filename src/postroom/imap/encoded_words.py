"""Header text for people: encoded words (RFC 2047), parameters (RFC 2231), charsets that lie. Never fails.

Postroom's own decoder, because the standard library's raises on malformed words, and headers come from anyone.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from encodings.aliases import aliases
from urllib.parse import unquote_to_bytes

from postroom.imap.tokens import Value

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*+(?:\?(?!=)[^?]*+){0,4}+)\?=")
_FOLDING = re.compile(r"[\r\n]+[ \t]*|\0")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CONTINUED = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*?))?")

_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "latin_1": "cp1252",
    "ascii": "cp1252",
    "windows_874": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "utf8": "utf_8",
    "koi8_u": "koi8_u",
    "unicode_1_1_utf_7": "utf_7",
}
"""What senders mean: many label a text with the small brother of the charset they wrote it in."""

_NO_CHARSETS = {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
_CHARSETS = frozenset(aliases.values()) - _NO_CHARSETS


def decode_text(raw: bytes) -> str:
    """`raw` as UTF-8, or ISO 8859-1 where it is not; NUL left out, line folding undone."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if text.isprintable() else _FOLDING.sub(_unfolded, text)


def decode_header(raw: bytes) -> str:
    """`raw` as `decode_text` reads it, with encoded words decoded; one that cannot be stays as written."""
    text = decode_text(raw)
    return _decode_words(text) if "=?" in text else text


def decode_charset(raw: bytes, charset: str) -> str:
    """`raw` in `charset`, or as `decode_text` reads it where the charset is unknown or wrong."""
    try:
        text = raw.decode(_codec(charset))
    except (UnicodeDecodeError, LookupError):
        return decode_text(raw)
    if text.isprintable():
        return text
    return _FOLDING.sub(_unfolded, text).encode("utf-8", "replace").decode("utf-8")


def decode_parameters(values: Value) -> dict[str, str]:
    """The parameters of Content-Type or Content-Disposition, from a list of names and values by turns.

    Names in lower case; values in the charset and pieces of RFC 2231 joined, encoded words (which are wrong there,
    and common) decoded. Anything but a list gives no parameters.
    """
    if not isinstance(values, list):
        return {}
    plain: dict[str, str] = {}
    continued: list[tuple[str, bytes]] = []
    for name, value in zip(values[::2], values[1::2], strict=False):
        if isinstance(name, bytes) and isinstance(value, bytes):
            if b"*" in name:
                continued.append((decode_text(name).lower(), value))
            else:
                plain[decode_text(name).lower()] = decode_header(value)
    return plain | _join_continued(continued) if continued else plain


def _unfolded(found: re.Match[str]) -> str:
    return "" if found[0] == "\0" else " "


def _decode_words(text: str) -> str:
    """Adjacent words of one charset are joined before decoding: many senders cut characters in two."""
    out: list[str] = []
    run: list[bytes] = []
    charset = ""
    end = 0
    for found in _WORD.finditer(text):
        octets = _word_octets(found[2], found[3])
        if octets is None:
            continue
        gap = text[end : found.start()]
        adjacent = bool(run) and not gap.strip()
        if run and not (adjacent and found[1] == charset):
            out.append(decode_charset(b"".join(run), charset))
            run = []
        if not adjacent:
            out.append(gap)
        run.append(octets)
        charset, end = found[1], found.end()
    if run:
        out.append(decode_charset(b"".join(run), charset))
    return "".join(out) + text[end:]


def _word_octets(encoding: str, text: str) -> bytes | None:
    try:
        octets = text.encode("ascii")
    except UnicodeEncodeError:
        return None
    if encoding in "Qq":
        return _Q_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), octets.replace(b"_", b" "))
    octets = _NOT_BASE64.sub(b"", octets)
    try:
        return binascii.a2b_base64(octets + b"=" * (-len(octets) % 4))
    except binascii.Error:
        return None


def _codec(charset: str) -> str:
    """Python's codec for `charset`; only names known beforehand, since looking up others costs memory for ever."""
    name = charset.partition("*")[0].strip("\"'").lower().replace("-", "_").replace(" ", "_")
    name = _SUPERSETS.get(name) or aliases.get(name, name)
    name = _SUPERSETS.get(name, name)
    if name in _CHARSETS or name in _SUPERSETS.values():
        return name
    raise LookupError(charset)


def _join_continued(pairs: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """RFC 2231: `name*` is one encoded value; `name*0`, `name*1*`, ... are pieces, those with a last * encoded."""
    pieces: dict[str, list[tuple[int, bytes, bool]]] = {}
    for name, value in pairs:
        found = _CONTINUED.fullmatch(name)
        if found is not None:
            encoded = found[2] is None or bool(found[3])
            pieces.setdefault(found[1], []).append((int(found[2] or 0), value, encoded))
    return {name: _join_pieces(sorted(parts)) for name, parts in pieces.items()}


def _join_pieces(parts: list[tuple[int, bytes, bool]]) -> str:
    charset = ""
    _, first, encoded = parts[0]
    if encoded and first.count(b"'") >= 2:
        label, _, rest = first.split(b"'", 2)
        charset = decode_text(label)
        parts[0] = (0, rest, True)
    if not any(encoded for _, _, encoded in parts):
        return decode_header(b"".join(value for _, value, _ in parts))
    octets = b"".join(unquote_to_bytes(value) if encoded else value for _, value, encoded in parts)
    return decode_charset(octets, charset)
