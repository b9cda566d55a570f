"""The pieces of a content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.envelope import Unsendable
from postroom.smtp.extensions import NO_EXTENSIONS, Extensions
from postroom.submission.transmission.pieces import SLICE, chunks, fitting, slices
from tests.submission.transmission.parcels import Wish, content_of

EIGHT_BIT = {"is_eight_bit": True}
SIGNED = (
    b'Content-Type: multipart/signed; boundary=b; protocol="application/pgp-signature"\r\n\r\n--b\r\n',
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nsch\xc3\xb6n\r\n--b--\r\n",
)


@given(st.lists(st.binary(max_size=9), max_size=8), st.integers(1, 9))
async def test_chunks_hold_the_content_and_the_last_one_is_marked(pieces: list[bytes], size: int) -> None:
    found = [each async for each in chunks(content_of(*pieces)(), size)]
    assert b"".join(chunk for chunk, _ in found) == b"".join(pieces)
    assert [is_last for _, is_last in found] == [False] * (len(found) - 1) + [True]
    assert all(len(chunk) == size for chunk, _ in found[:-1])
    assert 0 <= len(found[-1][0]) <= size
    assert found[-1][0] or len(found) == 1


async def test_slices_are_small_and_not_empty() -> None:
    pieces = (b"", b"x" * (2 * SLICE + 1), b"y")
    found = [each async for each in slices(content_of(*pieces)())]
    assert b"".join(found) == b"".join(pieces)
    assert [len(each) for each in found] == [SLICE, SLICE, 1, 1]


async def read(content: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in content])


async def test_a_message_that_the_server_can_take_stays_as_it_is() -> None:
    for wish, offered in [(Wish(more=EIGHT_BIT), Extensions(eight_bit=True)), (Wish(), NO_EXTENSIONS)]:
        parcel = wish.parcel
        assert await fitting(parcel, offered) is parcel
        assert wish.read == 0


async def test_an_8_bit_message_is_written_without_8_bit_octets_for_an_old_server() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    wish = Wish(pieces=(head + b"8bit\r\n\r\nsch\xc3", b"\xb6n\r\n"), more=EIGHT_BIT)
    parcel = await fitting(wish.parcel, NO_EXTENSIONS)
    octets = await read(parcel.content())
    assert octets.isascii()
    assert message_from_bytes(octets).get_payload(decode=True) == "schön\r\n".encode()
    assert await read(parcel.content()) == octets
    assert (parcel.envelope.size, parcel.envelope.is_eight_bit) == (len(octets), False)


async def test_a_message_that_cannot_be_written_so_is_not_sent() -> None:
    with pytest.raises(Unsendable) as caught:
        await fitting(Wish(pieces=SIGNED, more=EIGHT_BIT).parcel, NO_EXTENSIONS)
    assert caught.value.code == "EMESSAGE"
    wish = Wish(more={**EIGHT_BIT, "has_utf8_header": True})
    with pytest.raises(Unsendable) as caught:
        await fitting(wish.parcel, NO_EXTENSIONS)
    assert (caught.value.code, wish.read) == ("EENVELOPE", 0)
