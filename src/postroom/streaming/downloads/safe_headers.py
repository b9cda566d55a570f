"""Makes headers from what senders of mail wrote: file names and types. Pure.

Nothing of it can end a header, run in a browser, or name another folder (RFC 6266, RFC 8187).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

__all__ = ["PROTECTION", "content_disposition", "content_type", "safe_name"]

PROTECTION: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "private, no-cache",
}
"""A browser neither guesses another type nor runs the content, and only its own cache keeps it."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_CHARSET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,63}")
_UNNAMED: Final = {"message/rfc822": "message.eml"}
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*]')
_NOT_IN_QUOTES: Final = re.compile(r"[^\x20-\x7e]|[\\%]")
_LONGEST_NAME: Final = 200
_LONGEST_EXTENSION: Final = 20
# Characters that show nothing or turn the text around: controls, formats (bidi), surrogates, private use, line ends.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# RFC 8187 attr-char, besides letters and digits.
_ATTRIBUTE: Final = "!#$&+^`|~"


def content_type(told: str, charset: str | None) -> str:
    """Return the type of a part as it can be sent; a malformed one becomes application/octet-stream."""
    kind, slash, subtype = told.partition("/")
    if not slash or _TOKEN.fullmatch(kind) is None or _TOKEN.fullmatch(subtype) is None:
        return "application/octet-stream"
    named = charset is not None and _CHARSET.fullmatch(charset) is not None
    return f"{told}; charset={charset}" if named else told


def content_disposition(filename: str | None, kind: str) -> str:
    """Return the header that makes every client save the content, with its name. `kind` is its content type."""
    name = safe_name(filename or "") or _UNNAMED.get(kind, "attachment")
    plain = _NOT_IN_QUOTES.sub("_", name)
    header = f'attachment; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe=_ATTRIBUTE)}"


def safe_name(filename: str) -> str:
    """Return the last part of a file name without what is not visible, at most 200 characters; it may be empty."""
    visible = "".join(" " if each in "\t\r\n" else each for each in filename[: 50 * _LONGEST_NAME])
    visible = "".join(each for each in visible if unicodedata.category(each) not in _INVISIBLE)
    name = re.split(r"[/\\]", visible)[-1]
    name = _NOT_IN_NAMES.sub("_", " ".join(name.split())).strip(" .")
    return name if len(name) <= _LONGEST_NAME else _shortened(name)


def _shortened(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        return name[:_LONGEST_NAME].rstrip(" .")
    return f"{stem[: _LONGEST_NAME - len(extension) - 1].rstrip(' .')}.{extension}"
