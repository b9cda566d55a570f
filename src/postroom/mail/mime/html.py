"""The charset that an HTML text declares: `meta` elements and XML declarations (HTML Standard 13.2.3.2). Pure."""

from __future__ import annotations

import re
from typing import Final

# The standard searches 1,024 octets, but mail programs put style sheets and comments before the declaration.
_LOOKED_AT: Final = 8192
_COMMENT: Final = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_XML: Final = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']\s*([^"'\s>]{1,60})""", re.IGNORECASE)
_META: Final = re.compile(rb"<meta[\s/]([^>]{0,1000})", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(rb"""([^\s=/"'>]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([^\s"';]{1,60})""", re.IGNORECASE)


def charset_within(octets: bytes) -> str | None:
    """Return the label that the beginning of an HTML text declares, None when it declares none."""
    head = _COMMENT.sub(b"", octets[:_LOOKED_AT])
    for meta in _META.finditer(head):
        label = _charset_of_meta(meta[1])
        if label is not None:
            return label
    declared = _XML.match(head)
    return None if declared is None else declared[1].decode("latin-1")


def _charset_of_meta(text: bytes) -> str | None:
    attributes = {
        found[1].lower(): found[2] or found[3] or found[4] or b"" for found in reversed([*_ATTRIBUTE.finditer(text)])
    }
    if label := attributes.get(b"charset", b"").strip():
        return label.decode("latin-1")
    if attributes.get(b"http-equiv", b"").strip().lower() == b"content-type":
        found = _CHARSET.search(attributes.get(b"content", b""))
        return None if found is None else found[1].decode("latin-1")
    return None
