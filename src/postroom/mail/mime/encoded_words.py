"""Header text for people: encoded words (RFC 2047) and headers in plain octets. Never fails. Pure.

Postroom has its own decoder because the standard library's raises on malformed words.
"""

from __future__ import annotations

import re
from typing import Final

from postroom.mail.mime.charsets import codec_of
from postroom.mail.mime.decoding import decode
from postroom.mail.mime.transfer import decode_base64

_WORD: Final = re.compile(rb"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*+(?:\?(?!=)[^?]*+){0,4})\?=")
_FOLDING: Final = re.compile(r"[\r\n]+[ \t]*|\0")
_FOLDED_WORD: Final = re.compile(rb"\r?\n[ \t]*")
_Q_ESCAPE: Final = re.compile(rb"=([0-9A-Fa-f]{2})")


def decode_text(raw: bytes) -> str:
    """`raw` as UTF-8, otherwise as ISO 8859-1; without NUL and line folding. For values that are not prose."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text if text.isprintable() else _FOLDING.sub(_unfolded, text)


def decode_header(raw: bytes) -> str:
    """`raw` with its encoded words decoded and other octets read by `decode`. Undecodable words stay as they are."""
    if b"=?" in raw:
        return _decode_words(raw)
    if raw.isascii() and (text := raw.decode("ascii")).isprintable():
        return text
    return decode_charset(raw, None)


def decode_charset(raw: bytes, charset: str | None) -> str:
    """`raw` decoded from `charset` by the rules of `decode`, as one line that can be stored."""
    text = decode(raw, charset)
    if text.isprintable():
        return text
    return _FOLDING.sub(_unfolded, text).removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")


def _unfolded(found: re.Match[str]) -> str:
    return "" if found[0] == "\0" else " "


def _decode_words(raw: bytes) -> str:
    """Adjacent words of one charset are joined before decoding, because many senders split characters between words."""
    out: list[str] = []
    run: list[bytes] = []
    charset = ""
    end = 0
    for found in _WORD.finditer(raw):
        octets = _word_octets(found[2], found[3])
        if octets is None:
            continue
        label = found[1].decode("latin-1")
        gap = raw[end : found.start()]
        is_adjacent = bool(run) and not gap.strip()
        if run and not (is_adjacent and _is_same_charset(label, charset)):
            out.append(decode_charset(b"".join(run), charset))
            run = []
        if not is_adjacent:
            out.append(decode_charset(gap, None))
        run.append(octets)
        charset, end = label, found.end()
    if run:
        out.append(decode_charset(b"".join(run), charset))
    return "".join(out) + decode_charset(raw[end:], None)


def _is_same_charset(label: str, other: str) -> bool:
    return label == other or codec_of(label) == codec_of(other)


def _word_octets(encoding: bytes, text: bytes) -> bytes | None:
    """The octets of a word. It may hold stray blanks, line breaks and octets beyond ASCII."""
    if encoding in b"Qq":
        octets = _FOLDED_WORD.sub(b" ", text).replace(b"_", b" ")
        return _Q_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), octets)
    octets = decode_base64(text)
    return None if text and not octets else octets
