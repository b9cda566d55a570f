"""Writes a message without 8-bit octets in its body, for servers that lack 8BITMIME (RFC 6152). Pure."""

from __future__ import annotations

from postroom.mail.composing.whole.parts import NotEncodable, recoded

__all__ = ["to_seven_bit"]


def to_seven_bit(octets: bytes) -> bytes | None:
    """Return the message with its 8-bit parts in quoted-printable or base64; None when they must not be changed.

    Lines end with CRLF. The header of the message stays as it is, and so do all parts that are in ASCII. A signed part
    with 8-bit octets, and some kinds of `message/`, must not be changed.
    """
    if octets.isascii():
        return octets
    try:
        return recoded(octets, _is_eight_bit)
    except NotEncodable:
        return None


def _is_eight_bit(octets: bytes) -> bool:
    return not octets.isascii()
