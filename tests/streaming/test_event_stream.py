"""What all streams have in common: how many there may be, how they end, what they bear."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from yarl import URL

from postroom.configuration.keys import Snapshot
from postroom.errors import StorageUnavailable
from postroom.streaming import event_stream
from postroom.streaming.event_stream import block
from postroom.streaming.feeds import LogFeed
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue
from tests.api.listening import announce, listening
from tests.fakes.waiting import eventually


def test_an_event_as_it_is_sent() -> None:
    assert block('{"a":1}', "messageNew", 7) == b'id: 7\nevent: messageNew\ndata: {"a":1}\n\n'
    assert block("{}", "message") == b"event: message\ndata: {}\n\n"


async def test_when_the_gateway_stops_all_streams_end_at_once(client: Client) -> None:
    async with listening(client, "/v1/events/stream") as first, listening(client, "/v1/changes") as second:
        client.api.streams.seats.close()
        async with asyncio.timeout(10):
            assert await first.next() is None
            assert await second.next() is None
    async with listening(client, "/v1/events/stream") as late:
        assert await late.next(10) is None


async def test_there_is_an_end_to_how_many_are_open(with_settings: Any) -> None:
    async with with_settings(streams=1, streams_per_token=1) as client:
        narrow = await issue(client, permissions={"actions": ["read"], "groups": ["events"]})
        async with listening(client, "/v1/events/stream"):
            for path in ("/v1/events/stream", "/v1/changes"):
                for caller in (client, narrow):
                    answer = await caller.get(path)
                    assert (answer.status, answer.body["code"]) == (503, "TooManyStreams")
                    assert "POSTROOM_STREAMS" in answer.body["error"]
                    assert answer.headers["retry-after"] == "5"


async def test_no_token_takes_the_places_of_all(with_settings: Any) -> None:
    """A bound token opened every stream there was, and the administrator got 503."""
    async with with_settings(streams=4, streams_per_token=2) as client, AsyncExitStack() as stack:
        await client.register("a")
        await client.register("b")
        bound, twin = await issue(client, account="a"), await issue(client, account="a")
        other, admin = await issue(client, account="b"), await issue(client)

        async def opens(caller: Client, path: str = "/v1/events/stream") -> None:
            await stack.enter_async_context(listening(caller, path))

        async def refuses(caller: Client) -> tuple[int, str]:
            url, sent = URL(client.base + "/v1/events/stream"), {"authorization": f"Bearer {caller.token}"}
            async with client.session.get(url, headers=sent) as response:
                assert response.status != 200, "a stream has no end to wait for"
                assert response.headers["retry-after"] == "5"
                return response.status, (await response.json())["code"]

        await opens(bound)
        await opens(twin)
        for caller in (bound, twin):
            assert await refuses(caller) == (429, "TooManyStreamsOfToken")
        await opens(other)
        await opens(other)
        # All are taken, and those that are kept are for tokens with full access alone, not for one of them either.
        narrow = await issue(client, permissions={"actions": ["read"], "groups": ["events"]})
        assert await refuses(narrow) == (503, "TooManyStreams")
        await opens(client)
        await opens(admin, "/v1/changes")
        for caller in (client, admin):
            assert await refuses(caller) == (503, "TooManyStreams")


async def test_many_who_ask_at_once_do_not_get_more_than_the_share(with_settings: Any) -> None:
    async with with_settings(streams=100, streams_per_token=5) as client:
        await client.register("a")
        bound = await issue(client, account="a")
        url = URL(client.base + "/v1/events/stream")
        asked = [client.session.get(url, headers={"authorization": f"Bearer {bound.token}"}) for _ in range(40)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 35
        for answer in answers:
            answer.close()
        await eventually(lambda: len(client.api.streams.seats) == 0)
        async with listening(bound, "/v1/events/stream"):
            assert len(client.api.streams.seats) == 1


async def test_a_refused_cursor_takes_no_place(client: Client) -> None:
    assert (await client.get("/v1/events/stream?since=99")).status == 410
    assert len(client.api.streams.seats) == 0


async def test_a_stream_outlives_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "TICK", 0.05)
    await client.register("a")
    db = client.db
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


async def test_an_event_is_not_lost_while_settings_cannot_be_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "TICK", 0.05)
    await client.register("a")
    read, failures = client.api.runtime.get, [StorageUnavailable("away"), StorageUnavailable("away")]

    async def failing() -> Snapshot:
        if failures:
            raise failures.pop()
        return await read()

    async with listening(client, "/v1/events/stream") as stream:
        monkeypatch.setattr(client.api.runtime, "get", failing)
        number = 0
        # A read that began before the settings failed may bring the first event.
        while failures:
            number += 1
            await announce(client, "a", "messageNew", number=number)
            message = await stream.next(5)
            assert message is not None
            assert (message.event, message.data["data"]["number"]) == ("messageNew", number)


async def test_a_fault_ends_the_stream_and_nothing_else(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_feed: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(LogFeed, "read", broken)
    async with listening(client, "/v1/events/stream") as stream:
        assert await stream.next() is None
    assert (await client.get("/v1/events")).status == 200


async def test_a_burst_is_sent_together(client: Client) -> None:
    await client.register("a")
    async with listening(client, "/v1/events/stream") as stream:
        await asyncio.gather(*(announce(client, "a", "messageNew", number=number) for number in range(250)))
        messages = await stream.take(250)
    assert len({message.id for message in messages}) == 250
