"""Where a stream begins, and who gets one."""

from __future__ import annotations

import pytest

from postroom.access.tokens import Token
from postroom.events.model import CursorExpired, WantedEvents
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
