"""Finds a secret in a text, however it is written there. Pure.

A secret of eight or more characters is found in any case, backwards, in base64 and base32 at any alignment, in
hexadecimal or decimal numbers, UTF-16, percent-encoding, HTML entities, quoted-printable, the escapes of JSON and of
quoted strings, with signs between its letters, and in two of these encodings combined. Of a longer secret, a piece is
enough. A shorter one is found only as a whole word in its own letters. One of fewer than four characters is not
searched for, because ordinary sentences would contain it.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, unquote_plus

from postroom.footprint.dataclass import dataclass
from postroom.words.html_entities import unescaped

__all__ = ["Sought", "echoes"]

LONG: Final = 8
"""Characters a secret must have to be searched for in every encoding."""

_SHORTEST: Final = 4
_PIECE: Final = 12
_STEP: Final = 8
"""The distance between the pieces of a long secret that are searched for: 19 characters in a row always contain one."""

_LOOKS_PER_PIECE: Final = 2
_DEPTH: Final = 2
_MOST_READINGS: Final = 40
_SHORT_TEXT: Final = 2048
"""Characters up to which a text is kept ready for the search."""

_BETWEEN: Final = "\0"

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_,-]{6,}")
_FOLDED: Final = re.compile(r"(?<=[A-Za-z0-9+/_-])[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/_=-])")
_URL_SAFE: Final = str.maketrans("-_,", "+//")
"""Maps other alphabets of base64 (RFC 4648 section 5, RFC 3501 section 5.1.3) to the usual one."""

_HEX: Final = re.compile(r"(?:(?:\\x|0x|[%=])?[0-9a-f]{2}[ :.,-]{0,2}){4,}", re.IGNORECASE)
_HEX_PREFIX: Final = re.compile(r"\\x|0x|[^0-9a-f]", re.IGNORECASE)
_ESCAPE: Final = re.compile(
    r"(?:\\u|u\+)(?:\{([0-9a-f]{1,6})\}|([0-9a-f]{4,6}))|\\x([0-9a-f]{2})|\\([0-3][0-7]{2})|\\(.)",
    re.IGNORECASE | re.DOTALL,
)
_DECIMAL: Final = re.compile(r"(?:\b[0-9]{1,3}\b[ ,;]{0,2}){4,}")
_QUOTED_PRINTABLE: Final = re.compile(r"=([0-9a-f]{2})|=\r?\n", re.IGNORECASE)
_SIGNS: Final = re.compile(r"[\W_]+")
_UNSEEN: Final = re.compile(
    r"(?:\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff])+"
)
_NOISE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")
_BASES: Final = ((base64.b64encode, 6, 3), (base64.b32encode, 5, 5))
"""The encoder, the bits of each character, and the octets after which the alignment repeats."""


def echoes(secrets: tuple[str, ...], *texts: str) -> bool:
    """Say whether one of the texts contains any of the secrets."""
    return Sought.of(secrets).within(*texts)


@dataclass(frozen=True, slots=True)
class Sought:
    """Secrets made ready for many searches: what to look for is worked out once, which for a token takes milliseconds.

    `short` are whole words, `whole` are forms of at most 12 characters, `pieces` are cut from longer forms.
    """

    short: tuple[str, ...] = field(default=(), repr=False)
    whole: frozenset[str] = field(default=frozenset(), repr=False)
    pieces: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, secrets: tuple[str, ...]) -> Sought:
        """Return what to look for to find these secrets."""
        whole: set[str] = set()
        pieces: set[str] = set()
        for form in (form for secret in secrets if len(secret) >= LONG for form in _forms(secret)):
            if len(form) <= _PIECE:
                whole.add(form)
            else:
                pieces.update(form[at : at + _PIECE] for at in range(0, len(form) - _PIECE + 1, _STEP))
                pieces.add(form[-_PIECE:])
        short = tuple(secret for secret in secrets if _SHORTEST <= len(secret) < LONG)
        return cls(short, frozenset(whole), frozenset(pieces))

    def within(self, *texts: str) -> bool:
        """Say whether one of the texts contains any of them."""
        if not (self.short or self.whole or self.pieces):
            return False
        ready = (_known(text) if len(text) <= _SHORT_TEXT else _Searchable.of(text) for text in texts)
        return any(_has_word(self.short, each.readings) or self._has_piece(each.folded) for each in ready)

    def _has_piece(self, folded: str) -> bool:
        return any(form in folded for form in self.whole) or _has_any(self.pieces, folded)


@dataclass(frozen=True, slots=True)
class _Searchable:
    """A text made ready for the search: everything it may be read as, separated by NUL.

    `readings` is that as it is and without invisible characters. `folded` is also without case, and without signs.
    """

    readings: str
    folded: str

    @classmethod
    def of(cls, text: str) -> _Searchable:
        """Return the text with its encodings undone, one after another."""
        readings = _readings(text)
        unhidden = {_UNSEEN.sub("", reading) for reading in readings}
        folded = {variant for reading in readings for variant in _variants(reading)}
        return cls(_BETWEEN.join(readings | unhidden), _BETWEEN.join(folded))


@lru_cache(maxsize=64)
def _known(text: str) -> _Searchable:
    """Cached, because a server describes itself in the same words to every account."""
    return _Searchable.of(text)


def _has_word(short: tuple[str, ...], text: str) -> bool:
    """Whether a short secret is in the text without a letter or digit next to it."""
    # Nearly always none is there at all, and a pattern of its own for each account would cost much more.
    found = [secret for secret in short if secret in text]
    if not found:
        return False
    return re.search(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, found))})(?![^\W_])", text) is not None


def _has_any(pieces: frozenset[str], text: str) -> bool:
    """Whether one of the pieces is in the text. Of two ways to search, the one with less work is used."""
    if len(pieces) * _LOOKS_PER_PIECE < len(text):
        return any(piece in text for piece in pieces)
    return any(text[at : at + _PIECE] in pieces for at in range(len(text) - _PIECE + 1))


def _forms(secret: str) -> Iterator[str]:
    """The secret, and the forms of it that cannot be decoded any more once the case of letters is lost."""
    for text in _variants(secret):
        yield text
        yield text[::-1]
    for octets in _encoded(secret):
        for text in (octets.hex(), *_in_bases(octets)):
            for form in (text.casefold(), _SIGNS.sub("", text.casefold())):
                yield form
                yield form[::-1]


def _variants(text: str) -> set[str]:
    """A text without case, also without invisible characters, and also without signs if enough is left."""
    folded = _folded(text)
    plain = _SIGNS.sub("", folded)
    return {folded, _UNSEEN.sub("", folded)} | ({plain} if len(plain) >= LONG else set())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _encoded(secret: str) -> set[bytes]:
    """The octets of a secret. ASCII in UTF-16 needs no entry, because its NULs are invisible characters."""
    charsets = ("utf-8",) if secret.isascii() else ("utf-8", "latin-1", "utf-16-le", "utf-16-be")
    return {secret.encode(charset, "replace") for charset in charsets}


def _in_bases(octets: bytes) -> Iterator[str]:
    """The characters of base64 and base32 that depend on these octets alone, for each position in a longer text."""
    for encode, bits, group in _BASES:
        for before in range(group):
            first, after = -(-before * 8 // bits), (before + len(octets)) * 8 // bits
            yield encode(bytes(before) + octets).decode()[first:after]


def _readings(text: str) -> set[str]:
    """The text, and what it becomes when its encodings are undone, one after another."""
    found = {text}
    newest = {text}
    for _ in range(_DEPTH):
        newest = {new for old in newest if _is_text(old) for read in _READERS for new in read(old)} - found - {""}
        found |= set(sorted(newest)[: max(0, _MOST_READINGS - len(found))])
    return found


def _is_text(reading: str) -> bool:
    """Whether to decode further: when something was not encoded, decoding it mostly gives noise."""
    return len(_NOISE.findall(reading)) * 8 <= len(reading)


def _unquoted(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote(text)
        yield unquote_plus(text)


def _unescaped_html(text: str) -> Iterator[str]:
    if "&" in text:
        yield unescaped(text)


def _unescaped(text: str) -> Iterator[str]:
    if "\\" in text or "+" in text:
        plain = _ESCAPE.sub(_escaped, text)
        yield plain
        # The escapes may have stood for octets.
        yield plain.encode("latin-1", "replace").decode("utf-8", "replace")


def _escaped(found: re.Match[str]) -> str:
    if found[5] is not None:
        return found[5]
    number = int(found[4], 8) if found[4] is not None else int(found[1] or found[2] or found[3], 16)
    return chr(number) if number < 0x110000 else ""


def _unprintable(text: str) -> Iterator[str]:
    if "=" in text:
        octets = _QUOTED_PRINTABLE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "", text)
        yield octets.encode("latin-1", "replace").decode("utf-8", "replace")


def _from_hex(text: str) -> Iterator[str]:
    runs = [_HEX_PREFIX.sub("", found[0]) for found in _HEX.finditer(text)]
    for skip in (0, 1):
        cut = [run[skip:] for run in runs]
        yield from _joined([bytes.fromhex(run[: len(run) // 2 * 2]) for run in cut])


def _from_decimal(text: str) -> Iterator[str]:
    runs = [re.findall("[0-9]+", found[0]) for found in _DECIMAL.finditer(text)]
    yield from _joined([bytes(int(each) for each in run if int(each) < 256) for run in runs])


def _from_base64(text: str) -> Iterator[str]:
    runs = [found[0].translate(_URL_SAFE) for found in _BASE64.finditer(_FOLDED.sub("", text))]
    for skip in range(4):
        yield from _joined([_decoded(run[skip:]) for run in runs])


def _decoded(run: str) -> bytes:
    # A single remaining character encodes no octet.
    run = run[: len(run) - 1] if len(run) % 4 == 1 else run
    try:
        return binascii.a2b_base64(run + "=" * (-len(run) % 4))
    except binascii.Error:
        return b""


def _joined(pieces: list[bytes]) -> Iterator[str]:
    """The decoded pieces as text, with a space between pieces that were not adjacent."""
    if any(pieces):
        yield b" ".join(pieces).decode("utf-8", "replace")


_READERS: Final[tuple[Callable[[str], Iterator[str]], ...]] = (
    _unquoted,
    _unescaped_html,
    _unescaped,
    _unprintable,
    _from_hex,
    _from_decimal,
    _from_base64,
)
