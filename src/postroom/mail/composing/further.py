"""Writes the further fields that a caller adds to a message, each by the syntax that fields of its name have. Pure.

A field of addresses or of ids must not be turned into encoded words (RFC 2047 section 5): nobody could read an address
in it any more. The words before an address may be encoded.
"""

from __future__ import annotations

from email.utils import getaddresses
from typing import Final

from postroom.mail.composing.draft import Correspondent
from postroom.mail.composing.fields import address_field, text_field

__all__ = ["further_field"]

_OF_ADDRESSES: Final = frozenset(
    {
        *("sender", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc", "errors-to"),
        *("disposition-notification-to", "return-receipt-to", "mail-followup-to", "mail-reply-to"),
    }
)
_STRUCTURED: Final = frozenset(
    {
        *("references", "in-reply-to", "date", "resent-date", "resent-message-id", "received", "return-path"),
        *("dkim-signature", "authentication-results", "auto-submitted", "content-language", "content-id"),
    }
)
_FAMILIES: Final = ("list-", "arc-")


def further_field(name: str, value: str) -> str:
    """Return a field of which the caller gave name and value."""
    kind = name.lower()
    if kind in _OF_ADDRESSES and not value.isascii():
        found = [Correspondent(address, words) for words, address in getaddresses([value])]
        if found and all("@" in each.address for each in found):
            return address_field(name, found)
    is_structured = kind in _OF_ADDRESSES or kind in _STRUCTURED or kind.startswith(_FAMILIES)
    return text_field(name, value, is_structured=is_structured)
