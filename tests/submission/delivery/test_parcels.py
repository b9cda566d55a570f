"""Messages as parcels: their envelope, their octets and their way."""

from __future__ import annotations

import orjson
import pytest

from postroom.smtp.envelope import Dsn
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.submission.bodies import Bodies, BodyGone
from postroom.submission.delivery import sending_store
from postroom.submission.delivery.parcels import Parcels, Reading
from postroom.submission.delivery.rules.posting import Posting
from postroom.submission.model import RecipientState, secrets_context
from postroom.submission.plan import SendingPlan
from postroom.submission.transmission.connections import NOTHING_SPECIAL, Through
from postroom.submission.transmission.parcel import Parcel
from tests.submission.delivery.rules.postings import posting
from tests.submission.delivery.sendings import PostHouse
from tests.supervisor.conftest import BOX


async def yes() -> bool:
    return True


def parcels(house: PostHouse, box: SecretBox = BOX) -> Parcels:
    return Parcels(Bodies(house.db, box), box)


async def stored(house: PostHouse, octets: bytes) -> Posting:
    await house.add_account()
    await house.submit(octets=octets)
    key = (await house.rows())[0].account_key
    [message] = await house.db.read(lambda conn: sending_store.load(conn, key, 2**45, 1))
    return message


async def content(parcel: Parcel) -> bytes:
    return b"".join([piece async for piece in parcel.content()])


def test_the_envelope_is_that_of_the_recipients_who_are_left(house: PostHouse) -> None:
    dsn = Dsn("id", "full", ("failure",))
    plan = SendingPlan(dsn=dsn, is_eight_bit=True, has_utf8_header=True)
    states = (RecipientState.SENT, RecipientState.DEFERRED)
    envelope = parcels(house).parcel(posting("a@x", "b@x", states=states, plan=plan), yes).envelope
    assert (envelope.sender, envelope.recipients, envelope.size) == ("ann@example.com", ("b@x",), 100)
    assert (envelope.is_eight_bit, envelope.has_utf8_header, envelope.dsn) == (True, True, dsn)


@pytest.mark.parametrize("size", [10, sending_store.SMALL_BODY + 1, 2**20 + 1], ids=["small", "one piece", "pieces"])
async def test_the_octets_are_those_that_were_accepted(house: PostHouse, size: int) -> None:
    octets = bytes(range(256)) * (size // 256 + 1)
    message = await stored(house, octets)
    reading = Reading(parcels(house).parcel(message, yes))
    assert not reading.is_complete
    assert await content(reading.parcel) == octets
    assert reading.is_complete
    # Each call begins anew.
    assert await content(reading.parcel) == octets


async def test_octets_that_are_gone_or_sealed_otherwise_are_told(house: PostHouse) -> None:
    message = await stored(house, b"hello")
    with pytest.raises(SecretUnreadable):
        await content(parcels(house, SecretBox(("another",))).parcel(message, yes))
    with pytest.raises(BodyGone):
        await content(parcels(house).parcel(posting("a@x", id=10**9), yes))


def test_most_messages_take_the_way_of_their_account(house: PostHouse) -> None:
    assert parcels(house).way(posting("a@x")) == NOTHING_SPECIAL


def test_a_message_may_have_a_way_of_its_own(house: PostHouse) -> None:
    sealed = BOX.seal(orjson.dumps({"proxy": "socks5://p:1"}).decode(), secrets_context("0190ffffffffabcd"))
    plan = SendingPlan(has_proxy=True, local_address="192.0.2.1")
    message = posting("a@x", plan=plan, secrets=sealed)
    assert parcels(house).way(message) == Through("socks5://p:1", "192.0.2.1")
    with pytest.raises(SecretUnreadable):
        parcels(house, SecretBox(("another",))).way(message)
