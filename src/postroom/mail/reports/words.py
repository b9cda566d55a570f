"""Reads the words of fields in reports: addresses, codes, ids, dates; each of bounded length. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from postroom.mail.mime.encoded_words import decode_header
from postroom.words.strangers import take_in

__all__ = ["ADDRESS", "Fields", "address_of", "code_in", "field_text", "field_texts", "status_in", "typed"]

Fields = Mapping[str, Sequence[bytes]]
"""Raw values by lower-case name, as `mail/mime/headers` returns them."""

_LETTERS: Final = r"A-Za-z0-9\u0080-\uffff"
ADDRESS: Final = rf"[^\s<>()\[\]:;,\"'|@]{{1,64}}@(?:[{_LETTERS}](?:[{_LETTERS}.\-]{{0,252}}[{_LETTERS}])?)"
"""An address as texts show it. Quoted local parts do not occur in practice."""

_ADDRESS: Final = re.compile(ADDRESS)
_STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_CODE: Final = re.compile(r"(?<![\d.])([245][0-5][0-9])(?=[\s\-#:;,]|\Z)")
_COMMENT: Final = re.compile(r"\([^()]{0,500}\)")
_UNICODE: Final = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_LONGEST: Final = 1000
_LONGEST_FIELD: Final = 8 * 1024
_LONGEST_ADDRESS: Final = 320


def field_text(fields: Fields, *names: str) -> str | None:
    """Return the first value that is there and not empty, decoded and fit to be stored."""
    return next(iter(field_texts(fields, *names)), None)


def field_texts(fields: Fields, *names: str, most: int = 100) -> list[str]:
    """Return the values of the first of these names that has any."""
    for name in names:
        texts = [take_in(decode_header(raw[:_LONGEST_FIELD]), longest=_LONGEST) for raw in fields.get(name, ())[:most]]
        if found := [str(text) for text in texts if text]:
            return found
    return []


def typed(value: str | None) -> tuple[str | None, str | None]:
    """Return type and value of a field such as `rfc822; ann@example.org` or `dns; mx.example.org`; both may be None.

    A comment at the end is left out. The type is in lower case, and None when it is missing.
    """
    if value is None:
        return None, None
    kind, semicolon, rest = value.partition(";")
    kind = kind.strip().lower()
    if not semicolon or not kind or len(kind) > 20 or " " in kind:
        return None, value.strip() or None
    return kind, rest.strip() or None


def address_of(value: str | None) -> str | None:
    """Return the address in a field of a report, None when there is none."""
    _, text = typed(value)
    if text is None:
        return None
    text = _UNICODE.sub(_unicode, _COMMENT.sub(" ", text))
    found = _ADDRESS.search(text)
    return found[0][:_LONGEST_ADDRESS] if found is not None else None


def _unicode(found: re.Match[str]) -> str:
    """A character beyond ASCII in an address of the type utf-8 (RFC 6533 section 3)."""
    number = int(found[1], 16)
    return chr(number) if 0x80 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""


def status_in(text: str | None) -> str | None:
    """Return the enhanced code in a text, None when there is none. `5.0.0` says nothing, and another one is taken."""
    if text is None:
        return None
    found = [f"{each[1]}.{int(each[2])}.{int(each[3])}" for each in _STATUS.finditer(text[:_LONGEST])]
    return next((each for each in found if not each.endswith(".0.0")), found[0] if found else None)


def code_in(text: str | None) -> int | None:
    """Return the SMTP code in a text, None when there is none."""
    found = _CODE.search(text[:_LONGEST]) if text is not None else None
    return int(found[1]) if found is not None else None
