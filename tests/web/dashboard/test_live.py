"""The stream of a page: what it asks for, what it gets, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from postroom.streaming import page_feed, streams
from postroom.streaming.page_feed import PageTopics
from postroom.web.dashboard import live
from tests.fakes.waiting import eventually
from tests.web.dashboard.desk_site import DeskSite, Operator, open_desk


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard whose streams are told of changes."""
    async with open_desk(sqlite_url, tmp_path) as site:
        reading = asyncio.ensure_future(site.gateway.api.streams.run())
        yield site
        reading.cancel()
        await asyncio.wait([reading])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["accounts"], PageTopics(accounts=True)),
        (["overview"], PageTopics(overview=True)),
        (["account:a:b", "events:a:b"], PageTopics(account="a:b", events_of="a:b")),
        (["log"], PageTopics(log=True)),
        (["account:", "account", "events", "log:anna", "nothing"], PageTopics()),
    ],
)
def test_topics_as_a_page_asks_for_them(asked: Iterable[str], expected: PageTopics) -> None:
    assert live.topics_of(asked) == expected


def test_the_address_of_a_stream_holds_any_account_id() -> None:
    assert live.url("overview") == "/dashboard/live?topic=overview"
    assert live.url("account:a&b", "events:a&b") == "/dashboard/live?topic=account%3Aa%26b&topic=events%3Aa%26b"


@asynccontextmanager
async def listening(person: Operator, *topics: str) -> AsyncIterator[aiohttp.ClientResponse]:
    async with person.http.get(person.base + live.url(*topics)) as answer, asyncio.timeout(30):
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        yield answer


async def next_event(answer: aiohttp.ClientResponse) -> str:
    """The name of the next event; empty when the stream has ended."""
    while line := (await answer.content.readline()).decode():
        if line.startswith("event: "):
            return line[7:].strip()
    return ""


async def test_a_page_is_told_what_to_load_and_its_seat_is_free_in_the_end(desk: DeskSite) -> None:
    seats = desk.gateway.api.streams.seats
    async with desk.operator() as person:
        async with listening(person, "overview") as stream:
            assert await next_event(stream) == "overview"
            assert len(seats) == 1
        await eventually(lambda: len(seats) == 0)


async def test_a_page_without_a_topic_is_refused(desk: DeskSite) -> None:
    async with desk.operator() as person:
        answer = await person.open(f"{live.PATH}?topic=nothing")
        assert (answer.status, len(desk.gateway.api.streams.seats)) == (400, 0)


async def test_a_stranger_gets_no_stream(desk: DeskSite) -> None:
    async with desk.stranger() as stranger:
        assert (await stranger.open(live.url("overview"))).status == 303


async def test_the_stream_ends_with_the_session(desk: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_feed, "CHECK", 0.0)
    monkeypatch.setattr(streams, "PAGE_KEEP_ALIVE", 0.1)
    async with desk.operator() as person, listening(person, "overview") as stream:
        assert await next_event(stream) == "overview"
        (session,) = await desk.gateway.desk.sessions.all()
        await desk.gateway.desk.sessions.end(session.id, by="a test")
        assert await next_event(stream) == ""
