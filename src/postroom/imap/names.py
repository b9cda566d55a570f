"""Mailbox names: modified UTF-7 (RFC 3501 section 5.1.3), the special name INBOX and hierarchy delimiters. Pure."""

from __future__ import annotations

import binascii
import re

from postroom.imap.errors import LocalProtocolError

_UNENCODABLE = re.compile(r"[^\x20-\x7e]+")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def encode_mailbox(name: str) -> bytes:
    """`name` in modified UTF-7. LocalProtocolError when it holds half a surrogate pair."""
    if name.isascii() and name.isprintable():
        return name.replace("&", "&-").encode("ascii")
    return _UNENCODABLE.sub(lambda found: _shift(found[0]), name.replace("&", "&-")).encode("ascii")


def decode_mailbox(raw: bytes) -> str:
    """The name a server sent, as text for people; never fails.

    Parts that are not valid modified UTF-7 stay as they are (`A & B`, half a surrogate pair). Octets above 127
    are read as UTF-8 if possible, otherwise as ISO 8859-1; NUL is left out. Such a name may not encode back to the same
    octets, so commands for a listed mailbox send the name as the server listed it.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = text.replace("\0", "")
    return _SHIFTED.sub(lambda found: _unshift(found[0]), text) if "&" in text else text


def is_inbox(name: str) -> bool:
    """Whether `name` is INBOX in any mix of cases (RFC 3501 section 5.1)."""
    return name.isascii() and name.upper() == "INBOX"


def normalise_inbox(name: str) -> str:
    """INBOX in capitals; any other name, also a child of INBOX, unchanged."""
    return "INBOX" if is_inbox(name) else name


def split(name: str, delimiter: str | None) -> tuple[str, ...]:
    """The levels of a hierarchical name. Leading, trailing and doubled delimiters add no level.

    Without a `delimiter` (None or "") the whole name is one level.
    """
    if not delimiter:
        return (name,) if name else ()
    return tuple(level for level in name.split(delimiter) if level)


def _shift(text: str) -> str:
    try:
        octets = text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise LocalProtocolError("a mailbox name holds half a surrogate pair, which no encoding can carry") from None
    base64 = binascii.b2a_base64(octets, newline=False).decode("ascii")
    return "&" + base64.rstrip("=").replace("/", ",") + "-"


def _unshift(shifted: str) -> str:
    base64 = shifted[1:-1]
    if not base64:
        return "&"
    try:
        padded = base64.replace(",", "/") + "=" * (-len(base64) % 4)
        text = binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be")
        return shifted if "\0" in text else text
    except (binascii.Error, UnicodeDecodeError):
        return shifted
