"""What streams send: events of the log and state changes, as blocks of a stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.errors import StorageUnavailable
from postroom.events.following import Follower, Following
from postroom.events.model import LoggedEvent, WantedEvents
from postroom.storage.wakeups import Waiter
from postroom.streaming.feeds import LogFeed, StateFeed, shown
from tests.api.conftest import Client
from tests.api.handlers.test_events import forget_all
from tests.api.listening import announce
from tests.fakes.waiting import eventually

EVENT = LoggedEvent(7, 1, "ada", 3, "an-id", "messageNew", 0, '{"event":"messageNew","data":{"text":"ä"}}')


@asynccontextmanager
async def log_feed(client: Client, since: int = 0, **wanted: object) -> AsyncIterator[LogFeed]:
    """A feed of the log whose reader runs."""
    following = Following(client.db)
    feed = LogFeed(following, client.api.runtime, Follower(WantedEvents(**wanted), since))  # type: ignore[arg-type]
    reading = asyncio.ensure_future(following.run())
    try:
        with feed.joined(Waiter()):
            yield feed
    finally:
        reading.cancel()
        await asyncio.wait([reading])


def blocks(data: bytes) -> list[dict[str, str]]:
    """Return the fields of each event in a piece of a stream."""
    texts = data.decode().removesuffix("\n\n").split("\n\n")
    return [dict(line.split(": ", 1) for line in text.split("\n")) for text in texts if text]


def test_an_event_is_the_body_of_the_webhook_with_its_place() -> None:
    (text,) = shown([EVENT], "https://mail.example.com")
    assert json.loads(text) == {
        "seq": 7,
        "id": "an-id",
        "serviceUrl": "https://mail.example.com",
        "event": "messageNew",
        "data": {"text": "ä"},
    }
    assert list(json.loads(text))[:3] == ["seq", "id", "serviceUrl"]
    assert json.loads(*shown([EVENT], None))["serviceUrl"] is None
    assert shown([], None) == []


async def test_events_are_sent_with_their_numbers_and_the_service_url(client: Client) -> None:
    await client.register("ada")
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example.com"})
    async with log_feed(client) as feed:
        await announce(client, "ada", "messageNew", "messageDeleted")
        await eventually(lambda: feed.following.position == 3)
        found = await feed.read()
    assert found is not None
    sent = blocks(found[0])
    assert [(each["id"], each["event"]) for each in sent] == [
        ("1", "accountAdded"),
        ("2", "messageNew"),
        ("3", "messageDeleted"),
    ]
    assert {json.loads(each["data"])["serviceUrl"] for each in sent} == {"https://mail.example.com"}


async def test_what_is_not_wanted_moves_the_place_and_sends_nothing(client: Client) -> None:
    await client.register("ada")
    async with log_feed(client, types=("messageNew",)) as feed:
        await eventually(lambda: feed.following.position == 1)
        assert await feed.read() == (b"", False)
        assert feed.position() == b"id: 1\n"


async def test_a_feed_that_fell_behind_what_is_kept_ends(client: Client) -> None:
    await client.register("ada")
    async with log_feed(client) as feed:
        await eventually(lambda: feed.following.position == 1)
        await forget_all(client)
        assert await feed.read() is None


async def test_settings_that_cannot_be_read_lose_no_event(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.register("ada")

    async def away() -> None:
        raise StorageUnavailable("away")

    async with log_feed(client) as feed:
        await eventually(lambda: feed.following.position == 1)
        with monkeypatch.context() as patched:
            patched.setattr(client.api.runtime, "get", away)
            with pytest.raises(StorageUnavailable):
                await feed.read()
        found = await feed.read()
        assert found is not None
        assert [each["event"] for each in blocks(found[0])] == ["accountAdded"]


async def test_state_changes_have_no_numbers_to_resume_from(client: Client) -> None:
    reader = ChangesReader(client.db)
    feed = StateFeed(reader, Watcher(await reader.here()))
    assert await feed.read() == (b"", False)
    await client.register("ada")
    feed.watcher.has_news = True
    found = await feed.read()
    assert found is not None
    data, more = found
    (change,) = blocks(data)
    assert (change["event"], "id" in change, more) == ("message", False, True)
    assert json.loads(change["data"]) == {
        "account": "ada",
        "type": "state",
        "key": "init",
        "payload": None,
        "stateLabel": "Waiting to connect",
    }
    assert feed.position() == b""


async def test_the_reader_hints_at_the_waiter_of_the_stream(client: Client) -> None:
    reader, waiter = ChangesReader(client.db), Waiter()
    feed = StateFeed(reader, Watcher(await reader.here()))
    looking = asyncio.ensure_future(reader.run())
    with feed.joined(waiter):
        async with asyncio.timeout(30):
            await waiter.wait(30)
    looking.cancel()
    await asyncio.wait([looking])
    assert feed.watcher.waiter is waiter
