"""What a page of the dashboard is told: which of its parts are out of date, and no more often than it can load them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from postroom.accounts.changes.reader import ChangesReader, Watcher
from postroom.errors import StorageUnavailable
from postroom.events.following import Follower, Following
from postroom.events.model import WantedEvents
from postroom.storage.wakeups import Waiter
from postroom.streaming import page_feed
from postroom.streaming.page_feed import PageFeed, PageTopics
from tests.api.conftest import Client
from tests.api.listening import announce


@dataclass
class Door:
    """Whether the visitor is still signed in; `asked` counts the questions."""

    is_open: bool = True
    asked: int = 0

    async def __call__(self) -> bool:
        self.asked += 1
        return self.is_open


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_feed, "PACE", 0.01)


@asynccontextmanager
async def page_feed_of(client: Client, topics: PageTopics, door: Door | None = None) -> AsyncIterator[PageFeed]:
    """A feed whose readers run, joined, and its waiter in the watcher and the follower."""
    changes, following = ChangesReader(client.db), Following(client.db)
    begin = await client.api.events.here()
    feed = PageFeed(
        topics=topics,
        changes=changes,
        watcher=Watcher(await changes.here()) if topics.needs_changes else None,
        following=following,
        follower=Follower(wanted, begin) if (wanted := topics.wanted()) is not None else None,
        is_admitted=door or Door(),
    )
    reading = asyncio.gather(changes.run(), following.run())
    try:
        with feed.joined(Waiter()):
            yield feed
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def next_names(feed: PageFeed) -> list[str]:
    """The names of the next messages."""
    waiter = feed.watcher.waiter if feed.watcher is not None else feed.follower.waiter  # type: ignore[union-attr]
    async with asyncio.timeout(30):
        while True:
            found = await feed.read()
            assert found is not None
            if found[0]:
                return [line[7:] for line in found[0].decode().splitlines() if line.startswith("event: ")]
            await waiter.wait(30)


def test_topics_name_the_messages_about_an_account() -> None:
    topics = PageTopics(accounts=True, account="ada", events_of="ada")
    assert topics.names() == ["accounts", "account", "events"]
    assert topics.concerned_by("ada") == ["accounts", "account"]
    assert topics.concerned_by("bob") == ["accounts"]
    assert not PageTopics(events_of="ada").needs_changes
    assert PageTopics(events_of="ada").wanted() == WantedEvents("ada")
    assert PageTopics(log=True).names() == ["log"]
    assert PageTopics(log=True).wanted() == WantedEvents()
    assert PageTopics(accounts=True).wanted() is None


async def test_the_first_message_names_every_part(client: Client) -> None:
    """A page may be older than its stream, so what changed in between is loaded."""
    async with page_feed_of(client, PageTopics(overview=True, account="ada")) as feed:
        assert await next_names(feed) == ["overview", "account"]
        assert await feed.read() == (b"", False)
        assert feed.position() == b""


async def test_a_page_about_one_account_hears_only_of_it(client: Client) -> None:
    async with page_feed_of(client, PageTopics(account="ada")) as feed:
        await next_names(feed)
        await client.register("bob")
        await client.register("ada")
        assert await next_names(feed) == ["account"]


async def test_many_changes_are_one_message(client: Client) -> None:
    async with page_feed_of(client, PageTopics(accounts=True)) as feed:
        await next_names(feed)
        for name in ("ada", "bob", "cyd"):
            await client.register(name)
        assert await next_names(feed) == ["accounts"]
        assert await feed.read() == (b"", False)


async def test_messages_keep_their_distance(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_feed, "PACE", 0.2)
    async with page_feed_of(client, PageTopics(accounts=True)) as feed:
        clock = asyncio.get_running_loop().time
        await next_names(feed)
        begun = clock()
        await client.register("ada")
        await next_names(feed)
        assert clock() - begun >= 0.15


async def test_events_of_an_account_are_named_without_reading_them(client: Client) -> None:
    await client.register("ada")
    await client.register("bob")
    async with page_feed_of(client, PageTopics(events_of="ada")) as feed:
        await next_names(feed)
        await announce(client, "ada", "messageNew")
        assert await next_names(feed) == ["events"]


async def test_events_of_all_accounts_are_named_the_log(client: Client) -> None:
    async with page_feed_of(client, PageTopics(log=True)) as feed:
        assert await next_names(feed) == ["log"]
        for account in ("ada", "bob"):
            await client.register(account)
            assert await next_names(feed) == ["log"]


async def test_the_stream_ends_with_the_session(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door()
    async with page_feed_of(client, PageTopics(overview=True), door) as feed:
        assert await feed.read() is not None
        assert await feed.read() is not None
        assert door.asked == 1, "it is not asked each time"
        monkeypatch.setattr(page_feed, "CHECK", 0.0)
        door.is_open = False
        assert await feed.read() is None


async def test_a_session_that_could_not_be_looked_up_is_looked_up_again(client: Client) -> None:
    answers = [StorageUnavailable("away"), None]

    async def is_admitted() -> bool:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return True

    async with page_feed_of(client, PageTopics(overview=True)) as feed:
        feed.is_admitted = is_admitted
        with pytest.raises(StorageUnavailable):
            await feed.read()
        assert await next_names(feed) == ["overview"]
        assert answers == []
