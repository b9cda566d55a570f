"""What all streams have in common: how many there may be, how they end, what they bear."""

from __future__ import annotations

import asyncio

import pytest

from postroom.api import streams
from postroom.api.streams import block
from postroom.errors import StorageUnavailable
from tests.api.conftest import Client
from tests.api.listening import announce, listening


def test_an_event_as_it_is_sent() -> None:
    assert block('{"a":1}', "messageNew", 7) == b'id: 7\nevent: messageNew\ndata: {"a":1}\n\n'
    assert block("{}", "message") == b"event: message\ndata: {}\n\n"


async def test_when_the_gateway_stops_all_streams_end_at_once(client: Client) -> None:
    async with listening(client, "/v1/events/stream") as first, listening(client, "/v1/changes") as second:
        client.api.streams.close()
        async with asyncio.timeout(10):
            assert await first.next() is None
            assert await second.next() is None
    async with listening(client, "/v1/events/stream") as late:
        assert await late.next(10) is None


async def test_there_is_an_end_to_how_many_are_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 1)
    async with listening(client, "/v1/events/stream"):
        for path in ("/v1/events/stream", "/v1/changes"):
            answer = await client.get(path)
            assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "TooManyStreams", "5")


async def test_a_stream_outlives_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "TICK", 0.05)
    await client.register("a")
    db = client.api.db
    read, away = db.read, True

    async def failing(work: object) -> object:
        if away:
            raise StorageUnavailable("away")
        return await read(work)  # type: ignore[arg-type]

    async with listening(client, "/v1/events/stream") as stream:
        monkeypatch.setattr(db, "read", failing)
        await announce(client, "a", "messageNew")
        await asyncio.sleep(0.3)
        away = False
        message = await stream.next()
        assert message is not None
        assert message.event == "messageNew"


async def test_a_fault_ends_the_stream_and_nothing_else(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from postroom.api import events as handlers

    async def broken(_log: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(handlers._Log, "read", broken)
    async with listening(client, "/v1/events/stream") as stream:
        assert await stream.next() is None
    assert (await client.get("/v1/events")).status == 200


async def test_a_burst_is_sent_together(client: Client) -> None:
    await client.register("a")
    async with listening(client, "/v1/events/stream") as stream:
        await asyncio.gather(*(announce(client, "a", "messageNew", number=number) for number in range(250)))
        messages = await stream.take(250)
    assert len({message.id for message in messages}) == 250
