"""Streams that connect again; both kinds are asked for the same."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from postroom.client.errors import Gone, TokenRefused, UnknownAnswer, Unreachable
from postroom.client.retries import Retries
from tests.client.transports.cases import KINDS, QUICK, TOKEN, Kind
from tests.fakes.scripted_http import HANGS_UP, ScriptedHttp, refusal, reply, stream

both = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def event(number: int) -> str:
    return f"id: {number}\nevent: messageNew\ndata: {json.dumps({'seq': number})}"


def position(number: int) -> str:
    return f": keep-alive\nid: {number}"


def half(*blocks: str) -> bytes:
    """A stream that breaks off within its last block."""
    return stream(*blocks).removesuffix(b"\n\n")


def begins(server: ScriptedHttp) -> list[str | None]:
    """Where each connection began."""
    found = [re.search(rb"(?i)\r\nlast-event-id: (\d+)\r\n", request) for request in server.requests]
    return [None if each is None else each[1].decode() for each in found]


async def followed(kind: Kind, server: ScriptedHttp, count: int, **more: Any) -> list[int]:
    """The numbers of the first events."""
    client = kind(server.url)
    try:
        return [found["seq"] for found in await client.taken("events.stream", count, **more)]
    finally:
        await client.close()


@both
async def test_a_broken_stream_goes_on_where_it_was(kind: Kind) -> None:
    script = (
        stream(position(10), event(11), event(12)),
        HANGS_UP,
        half(position(12), event(13), event(14)),
        refusal(503, "StorageUnavailable", "Retry-After: 0"),
        reply(502, b"<html>"),
        stream(position(13), event(14), position(20)),
        stream(position(20), event(21)),
    )
    with ScriptedHttp(*script) as server:
        assert await followed(kind, server, 5) == [11, 12, 13, 14, 21]
    assert begins(server) == [None, "12", "12", "13", "13", "13", "20"]


@both
async def test_a_stream_that_breaks_before_its_first_event_loses_none(kind: Kind) -> None:
    with ScriptedHttp(stream(position(10)), stream(position(10), event(11))) as server:
        assert await followed(kind, server, 1) == [11]
    assert begins(server) == [None, "10"]


@both
async def test_events_that_come_twice_are_told_once(kind: Kind) -> None:
    script = (stream(event(1), event(2)), stream(event(1), event(2), event(3)))
    with ScriptedHttp(*script) as server:
        assert await followed(kind, server, 3, since=0) == [1, 2, 3]


@both
async def test_it_begins_where_it_is_told_and_with_the_filters(kind: Kind) -> None:
    with ScriptedHttp(stream(event(8))) as server:
        await followed(kind, server, 1, since=7, account="a b", types=["messageNew", "messageDeleted"])
    assert server.requests[0].startswith(
        b"GET /v1/events/stream?account=a%20b&type=messageNew&type=messageDeleted HTTP/1.1\r\n"
    ) or server.requests[0].startswith(
        b"GET /v1/events/stream?account=a+b&type=messageNew&type=messageDeleted HTTP/1.1\r\n"
    )
    assert begins(server) == ["7"]


@both
@pytest.mark.parametrize(
    ("status", "code", "error"), [(410, "CursorExpired", Gone), (401, "InvalidToken", TokenRefused)]
)
async def test_what_does_not_pass_ends_it(kind: Kind, status: int, code: str, error: type[Exception]) -> None:
    with ScriptedHttp(stream(event(1)), refusal(status, code, oldest=99)) as server, pytest.raises(error):
        await followed(kind, server, 2)
    assert len(server.requests) == 2


@both
async def test_what_is_no_stream_is_noticed(kind: Kind) -> None:
    page = reply(200, b"<html>Please sign in</html>", "Content-Type: text/html")
    with ScriptedHttp(page) as server, pytest.raises(UnknownAnswer, match="no stream"):
        await followed(kind, server, 1)


@both
async def test_a_gateway_that_was_never_there_is_given_up(kind: Kind) -> None:
    with ScriptedHttp(HANGS_UP) as server, pytest.raises(Unreachable):
        await followed(kind, server, 1)
    assert len(server.requests) == QUICK.attempts


@both
async def test_state_changes_are_told_and_their_end_is_an_error(kind: Kind) -> None:
    change = json.dumps({"account": "a", "type": "state", "key": "connected", "payload": None, "stateLabel": "x"})
    with ScriptedHttp(stream(": Postroom 1.0", f"event: message\ndata: {change}")) as server:
        client = kind(server.url)
        assert [each["key"] for each in await client.taken("events.state_changes", 1)] == ["connected"]
        with pytest.raises(Unreachable, match="not told"):
            await client.all("events.state_changes")
        await client.close()


def test_the_cursor_is_that_of_the_event_in_hand() -> None:
    # All come in one piece, but those that were not handed out yet must not count.
    script = stream(position(10), event(11), event(12), position(30), event(31))
    with ScriptedHttp(script) as server, Postroom(server.url, TOKEN, retries=QUICK) as client:
        following = client.events.stream()
        begin = following.cursor
        assert begin is None
        assert [(next(following)["seq"], following.cursor) for _ in range(3)] == [(11, 11), (12, 12), (31, 31)]
        following.close()
        assert list(following) == []


def test_after_an_interruption_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        ScriptedHttp(stream(event(1)), stream(event(2))) as server,
        Postroom(server.url, TOKEN, retries=QUICK) as client,
        client.events.stream(since=0) as following,
    ):
        assert next(following)["seq"] == 1
        with monkeypatch.context() as patched:
            patched.setattr("time.sleep", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                next(following)
        assert next(following)["seq"] == 2


def _interrupt(_seconds: float) -> None:
    raise KeyboardInterrupt


async def test_after_a_time_limit_it_goes_on() -> None:
    # The second reply promises more than it has, so the client waits.
    silent = stream(event(1), event(2)).replace(b"\r\n\r\n", b"\r\nContent-Length: 100000\r\n\r\n", 1)
    with ScriptedHttp(stream(event(1)), refusal(503, "StorageUnavailable", "Retry-After: 20"), silent) as server:
        async with AsyncPostroom(server.url, TOKEN, retries=Retries(first_wait=0.001)) as client:
            async with client.events.stream(since=0) as following:
                assert (await anext(following))["seq"] == 1
                waiting = asyncio.ensure_future(anext(following))
                while len(server.requests) < 2:
                    await asyncio.sleep(0.001)
                waiting.cancel()
                await asyncio.wait([waiting])
                assert (await anext(following))["seq"] == 2
            assert [found async for found in following] == []
    assert begins(server) == ["0", "1", "1"]
