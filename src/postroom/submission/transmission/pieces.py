"""The content of a message in the pieces that a transfer writes, and a content that an old server can take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Final

from postroom.mail.composing.seven_bit import to_seven_bit
from postroom.smtp.envelope import Unsendable, check
from postroom.smtp.extensions import Extensions
from postroom.submission.transmission.parcel import Parcel
from postroom.tasks import aside

__all__ = ["CHUNK", "SLICE", "chunks", "fitting", "slices"]

SLICE: Final = 64 * 1024
"""Octets that are written at once."""

CHUNK: Final = 1024 * 1024
"""Octets of a chunk (RFC 3030). Each but the last one has an answer of its own, which is waited for."""


async def slices(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the content in pieces of at most 64 KiB, none of them empty."""
    async for piece in content:
        for begin in range(0, len(piece), SLICE):
            yield piece[begin : begin + SLICE]


async def chunks(content: AsyncIterator[bytes], size: int = CHUNK) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the content in chunks, each with whether it is the last one. None is empty, unless the content is."""
    gathered = bytearray()
    async for piece in content:
        gathered += piece
        # A chunk that is full goes when more has come, because the last one is marked.
        while len(gathered) > size:
            yield bytes(gathered[:size]), False
            del gathered[:size]
    yield bytes(gathered), True


async def fitting(parcel: Parcel, offered: Extensions) -> Parcel:
    """Return the parcel, or one without 8-bit octets if the server does not offer 8BITMIME (RFC 6152).

    Raises Unsendable when the server cannot take the message in any form.
    """
    envelope = parcel.envelope
    if not envelope.is_eight_bit or offered.eight_bit:
        return parcel
    check(envelope, offered)
    octets = b"".join([piece async for piece in parcel.content()])
    converted = await aside(len(octets), partial(to_seven_bit, octets))
    if converted is None:
        words = "The mail server does not offer 8BITMIME, and the message cannot be written without 8-bit octets"
        raise Unsendable(words, "EMESSAGE")

    async def content() -> AsyncIterator[bytes]:
        yield converted

    envelope = replace(envelope, size=len(converted), is_eight_bit=False)
    return replace(parcel, envelope=envelope, content=content)
