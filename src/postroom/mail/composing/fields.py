"""Writes header fields: folded lines, encoded words, address lists, parameters (RFC 5322, 2047, 2231). Pure.

The library's own writer is not used, because it breaks long message ids into encoded words. No value can start another
field: control characters, line breaks above all, become spaces.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import quote

from postroom.mail.composing.draft import Correspondent

__all__ = [
    "address_field",
    "ascii_domain",
    "id_field",
    "is_token",
    "is_writable_id",
    "parameterised_field",
    "text_field",
]

_WIDTH: Final = 76
_LONGEST_WORD: Final = 900
"""Characters that may stand in one line unbroken; RFC 5322 section 2.1.1 allows 998 in a line."""
_ENCODED_OCTETS: Final = 42
"""Octets in one encoded word, which may then have 68 of the 75 characters that RFC 2047 section 2 allows."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")
_SPACES: Final = re.compile(r"(?<=[^ ]) (?=[^ ])")
_PHRASE: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")
"""What needs no quotes (RFC 2045), without the signs that mean something in RFC 2231: readers stumble over them."""
_ID: Final = re.compile(r"[!-;=?-~]{1,900}")
_UNSAFE_IN_ADDRESS: Final = re.compile(r"[\x00-\x1f\x7f<>]+")
_LONGEST_QUOTED: Final = 60
_GOES_ON: Final = re.compile("%[89AB]")
"""An octet of a character that is not its first (UTF-8), percent-encoded."""

_PIECE: Final = 50


def text_field(name: str, value: str, *, is_structured: bool = False) -> str:
    """Return a field of free text, or of a text with a syntax of its own, which is not encoded as long as it fits."""
    text = _CONTROLS.sub(" ", value).strip()
    words = _SPACES.split(text)
    looks_encoded = "=?" in text and not is_structured
    if not text.isascii() or looks_encoded or max(map(len, words)) > _LONGEST_WORD:
        words = list(_encoded(text))
    return _folded(name, words)


def address_field(name: str, addresses: Sequence[Correspondent]) -> str:
    """Return a field of addresses."""
    words: list[str] = []
    for each in addresses:
        display = _display(each.name)
        words += [*display, f"<{_route(each.address)}>"] if display else [_route(each.address)]
        words[-1] += ","
    words[-1] = words[-1].removesuffix(",")
    return _folded(name, words)


def id_field(name: str, ids: Iterable[str]) -> str:
    """Return a field of message ids, which are never broken."""
    return _folded(name, list(ids))


def is_writable_id(id_: str) -> bool:
    """Return whether an id without brackets may stand in a field, although it can neither be folded nor encoded."""
    return _ID.fullmatch(id_) is not None


def is_token(text: str) -> bool:
    """Return whether a text may be a type, a subtype or the name of a parameter."""
    return _TOKEN.fullmatch(text) is not None


def parameterised_field(name: str, value: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return a field with parameters, such as Content-Type."""
    words = [value]
    for key, text in parameters:
        for word in _parameter(key, _CONTROLS.sub(" ", text)):
            words[-1] += ";"
            words.append(word)
    return _folded(name, words)


def ascii_domain(domain: str) -> str:
    """Return a domain in ASCII (IDNA 2008); as it is when that is impossible."""
    if domain.isascii():
        return domain
    # Its tables take half a MiB, and few addresses need them.
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def _folded(name: str, words: Sequence[str]) -> str:
    lines = [f"{name}: {words[0]}" if words else f"{name}:"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join(lines)


def _encoded(text: str) -> Iterator[str]:
    """Yield encoded words (RFC 2047). No character is split between two."""
    piece = b""
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _ENCODED_OCTETS:
            yield _encoded_word(piece)
            piece = b""
        piece += octets
    if piece:
        yield _encoded_word(piece)


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?B?{b64encode(octets).decode('ascii')}?="


def _display(name: str) -> Sequence[str]:
    """Return the words of a name before an address."""
    text = " ".join(_CONTROLS.sub(" ", name).split())
    if not text:
        return ()
    if text.isascii() and "=?" not in text:
        words = text.split(" ")
        if _PHRASE.fullmatch(text) and max(map(len, words)) <= _LONGEST_QUOTED:
            return words
        if len(text) <= _LONGEST_QUOTED:
            return (_quoted(text),)
    return list(_encoded(text))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _route(address: str) -> str:
    """Return an address with its domain in ASCII. A local part that is not ASCII stays in UTF-8 (RFC 6532)."""
    clean = _UNSAFE_IN_ADDRESS.sub("", address)
    local, at, domain = clean.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}" if local.isascii() else clean


def _parameter(key: str, value: str) -> Iterable[str]:
    # Readers decode encoded words in parameters, although RFC 2047 section 5 forbids them there.
    if value.isascii() and len(value) <= _LONGEST_QUOTED and "=?" not in value:
        return (f"{key}={value}" if _TOKEN.fullmatch(value) else f"{key}={_quoted(value)}",)
    encoded = "utf-8''" + quote(value, safe="!#$&+-.^_`{}~", errors="replace")
    if len(encoded) <= _PIECE:
        return (f"{key}*={encoded}",)
    return [f"{key}*{place}*={piece}" for place, piece in enumerate(_pieces(encoded))]


def _pieces(encoded: str) -> Iterator[str]:
    """Yield parts of a percent-encoded value, each whole characters (RFC 2231 section 3): some read them one by one."""
    while encoded:
        end = _PIECE
        while end < len(encoded) and ("%" in encoded[end - 2 : end] or _GOES_ON.match(encoded, end)):
            end -= 1
        yield encoded[:end]
        encoded = encoded[end:]
