"""Writes header fields that somebody wrote in plain UTF-8, or in another charset, in ASCII. Pure.

A server without SMTPUTF8 takes only such fields (RFC 6532), and many programs misread the others.
"""

from __future__ import annotations

from typing import Final

from postroom.mail.composing.fields import address_field, is_token, parameterised_field
from postroom.mail.composing.further import further_field
from postroom.mail.composing.whole.addresses import read_addresses
from postroom.mail.composing.whole.header import HeaderField
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.parameters import read_parameters

__all__ = ["in_ascii"]

_OF_ADDRESSES: Final = frozenset(
    {
        *("from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc", "resent-sender"),
        *("disposition-notification-to", "return-receipt-to", "errors-to", "mail-followup-to", "mail-reply-to"),
    }
)
_WITH_PARAMETERS: Final = frozenset({"content-type", "content-disposition"})


def in_ascii(field: HeaderField) -> HeaderField:
    """Return the field in ASCII, itself if it is. A local part of an address that is not ASCII stays."""
    if field.octets.isascii():
        return field
    name = field.octets.partition(b":")[0].decode("ascii").strip()
    if field.name in _OF_ADDRESSES and (found := read_addresses(field.value)):
        return HeaderField.of(address_field(name, found))
    if field.name in _WITH_PARAMETERS:
        first, second, parameters = read_parameters(field.value)
        if is_token(first) and (not second or is_token(second)):
            kept = [(key, text) for key, text in parameters.items() if is_token(key)]
            return HeaderField.of(parameterised_field(name, f"{first}/{second}" if second else first, kept))
    return HeaderField.of(further_field(name, decode_header(field.value)))
