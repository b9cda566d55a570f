"""BODYSTRUCTURE in the form that most messages have, read straight from its text; see `usual_fetch`."""

from __future__ import annotations

import re
from typing import Final

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.mime.encoded_words import decode_header

__all__ = ["Unusual", "read_part"]

_DEEPEST: Final = 10
_TEXT: Final = r'(?:NIL|"([^"\\]*+)")'
_PARAMETERS: Final = r'(NIL|\("[^"\\]*+" "[^"\\]*+"(?: "[^"\\]*+" "[^"\\]*+")*\))'
_END: Final = rf'(?: (?:NIL|\("([^"\\]*+)" {_PARAMETERS}\))(?: NIL(?: {_TEXT})?)?)?\)'
"""Disposition, language and location; each may be missing with those after it. A language is not usual."""

_LEAF: Final = re.compile(
    rf'\("([^"\\]*+)" "([^"\\]*+)" {_PARAMETERS} {_TEXT} {_TEXT} {_TEXT} (\d{{1,18}})(?: (\d{{1,18}}))?'
    rf"(?: {_TEXT}{_END}|\))",
    re.ASCII,
)
_MULTIPART: Final = re.compile(rf' "([^"\\]*+)"(?: {_PARAMETERS}{_END}|\))')
_STRING: Final = re.compile(r'"([^"\\]*+)"')
_KEYWORDS: Final = {
    spelt: word
    for word in (
        *("text", "plain", "html", "multipart", "mixed", "alternative", "related", "image", "png", "jpeg"),
        *("application", "pdf", "7bit", "8bit", "quoted-printable", "base64", "attachment", "inline", "charset"),
        *("name", "filename", "boundary"),
    )
    for spelt in (word, word.upper())
}
"""Keywords of nearly every part, as most servers spell them. They are shared."""


class Unusual(Exception):
    """The form is not the usual one."""


def read_part(text: str, at: int, section: str = "", depth: int = 0) -> tuple[BodyPart, int]:
    """The part that begins at `at`, and where it ends. `text` is printable ASCII. Raises Unusual."""
    if not text.startswith("((", at):
        return _leaf(text, at, section or "1")
    if depth == _DEEPEST:
        raise Unusual
    prefix = f"{section}." if section else ""
    parts: list[BodyPart] = []
    at += 1
    while text.startswith("(", at):
        part, at = read_part(text, at, f"{prefix}{len(parts) + 1}", depth + 1)
        parts.append(part)
        if text.startswith(" (", at):
            at += 1
    found = _MULTIPART.match(text, at)
    if found is None:
        raise Unusual
    subtype, parameters, disposition, disposition_parameters, location = found.groups()
    multipart = BodyPart(
        section=section or "TEXT",
        type="multipart",
        subtype=_keyword(subtype) or "mixed",
        params=_parameters(parameters),
        disposition=_keyword(disposition),
        disposition_params=_parameters(disposition_parameters),
        location=_header(location),
        parts=tuple(parts),
    )
    return multipart, found.end()


def _leaf(text: str, at: int, section: str) -> tuple[BodyPart, int]:
    """A part that is neither a multipart nor an enclosed message. Text has lines, and nothing else has them."""
    found = _LEAF.match(text, at)
    if found is None:
        raise Unusual
    kind, subtype, parameters, content_id, description, encoding, size, lines, md5, *end = found.groups()
    type_, subtype_ = _keyword(kind), _keyword(subtype)
    if not type_ or not subtype_ or type_ == "message" or (type_ == "text") is (lines is None):
        raise Unusual
    disposition, disposition_parameters, location = end
    leaf = BodyPart(
        section,
        type_,
        subtype_,
        _parameters(parameters),
        _header(content_id),
        _header(description),
        _keyword(encoding),
        int(size),
        None if lines is None else int(lines),
        _header(md5),
        _keyword(disposition),
        _parameters(disposition_parameters),
        (),
        _header(location),
    )
    return leaf, found.end()


def _keyword(text: str | None) -> str | None:
    if text is None:
        return None
    return _KEYWORDS.get(text) or text.strip().lower() or None


def _header(text: str | None) -> str | None:
    return text if text is None or "=?" not in text else decode_header(text.encode("ascii"))


def _parameters(text: str | None) -> dict[str, str]:
    """Parameters by name. Those of RFC 2231, whose names have an asterisk, are not usual."""
    if text is None or text == "NIL":
        return {}
    strings = _STRING.findall(text)
    found: dict[str, str] = {}
    for name, value in zip(strings[::2], strings[1::2], strict=True):
        if "*" in name:
            raise Unusual
        found.setdefault(_KEYWORDS.get(name) or name.lower(), _header(value) or "")
    return found
