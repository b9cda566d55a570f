"""Mailbox names: modified UTF-7 (RFC 3501 section 5.1.3), the special name INBOX, hierarchy delimiters."""

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
    """The name a server sent, for people; never fails.

    What is no valid modified UTF-7 stays as it is (`A & B`, half a surrogate pair, NUL). Octets above 127 are raw UTF-8
    where they can be, else ISO 8859-1. Such names do not encode back to the same octets: commands for a mailbox
    that was listed send the name as it was listed.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = text.replace("\0", "")
    return _SHIFTED.sub(lambda found: _unshift(found[0]), text) if "&" in text else text


def is_inbox(name: str) -> bool:
    """Whether `name` is INBOX, whose letters may be of either case (RFC 3501 section 5.1)."""
    return name.isascii() and name.upper() == "INBOX"


def normalise_inbox(name: str) -> str:
    """INBOX in capitals; every other name, children of INBOX included, as it is."""
    return "INBOX" if is_inbox(name) else name


def split(name: str, delimiter: str | None) -> tuple[str, ...]:
    """The levels of a hierarchical name; leading, trailing and doubled delimiters make no level of their own.

    A flat name (`delimiter` None or "") is one level.
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
