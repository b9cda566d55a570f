"""Where a stream begins, and who gets one."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.access.tokens import Token
from postroom.events.model import CursorExpired, WantedEvents
from postroom.streaming.page_feed import PageTopics
from postroom.streaming.seats import TooManyStreams
from tests.api.conftest import Client

CALLER = Token(id="t1", description="a caller", scopes=("*",), created_at=0)


async def test_a_cursor_that_is_no_longer_good_takes_no_seat(client: Client) -> None:
    newest = await client.api.events.newest()
    with pytest.raises(CursorExpired):
        await client.api.streams.events(CALLER, None, WantedEvents(), newest + 1)
    assert len(client.api.streams.seats) == 0


async def test_each_stream_takes_a_seat(client: Client) -> None:
    await client.api.streams.events(CALLER, None, WantedEvents(), None)
    await client.api.streams.changes(CALLER, "192.0.2.1")
    assert len(client.api.streams.seats) == 2


async def admitted() -> bool:
    return True


async def test_a_page_takes_a_seat_from_the_places_of_operators(with_settings: Any) -> None:
    async with with_settings(streams=1, streams_per_token=1) as client:
        streams = client.api.streams
        for session in ("a session", "another"):
            await streams.page(session, PageTopics(overview=True), admitted)
        with pytest.raises(TooManyStreams):
            await streams.page("a session", PageTopics(events_of="ada"), admitted)
        assert len(streams.seats) == 2
