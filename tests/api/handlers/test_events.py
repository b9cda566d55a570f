"""The log over HTTP: read by cursor, and streamed without gap or double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.events import store
from postroom.events.following import Follower
from postroom.events.log import prune
from postroom.events.model import WantedEvents
from postroom.events.types import EVENT_NAMES
from postroom.storage.tables import events
from postroom.storage.wakeups import Waiter
from postroom.streaming import streams
from postroom.streaming.feeds import LogFeed
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue
from tests.api.listening import Message, Stream, announce, listening, logged
from tests.fakes.waiting import eventually


async def forget_all(client: Client) -> None:
    """Prune every event."""
    await client.db.write(lambda conn: conn.execute(sa.update(events).values(routed=True)) and None)
    await client.db.write(lambda conn: prune(conn, now_ms() + 1000))


async def test_pages_follow_one_another(either_client: Client) -> None:
    client = either_client
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example.com"})
    await client.register("a")
    await announce(client, "a", *["messageNew"] * 11, number=1)
    seen: list[int] = []
    path = "/v1/events?limit=5"
    while True:
        page = (await client.get(path)).body
        seen += [event["seq"] for event in page["events"]]
        assert page["cursor"] == seen[-1]
        if not page["more"]:
            break
        path = f"/v1/events?limit=5&since={page['cursor']}"
    assert seen == await logged(client)
    assert (await client.get(f"/v1/events?since={seen[-1]}")).body == {"events": [], "cursor": seen[-1], "more": False}
    last = page["events"][-1]
    assert (last["serviceUrl"], last["account"], last["event"]) == ("https://mail.example.com", "a", "messageNew")
    assert last["data"] == {"number": 1}
    assert len({event["id"] for event in page["events"]}) == len(page["events"])


async def test_an_empty_log(client: Client) -> None:
    assert (await client.get("/v1/events")).body == {"events": [], "cursor": 0, "more": False}


async def test_filters(client: Client) -> None:
    for account in ("a", "b"):
        await client.register(account)
        await announce(client, account, "messageNew", "messageDeleted", "mailboxNew")

    async def found(query: str) -> list[tuple[str, str]]:
        page = (await client.get(f"/v1/events?{query}")).body
        return [(event["account"], event["event"]) for event in page["events"]]

    assert {account for account, _ in await found("account=b")} == {"b"}
    assert await found("account=nobody") == []
    wanted = [("a", "messageNew"), ("a", "mailboxNew"), ("b", "messageNew"), ("b", "mailboxNew")]
    for query in ("type=messageNew,mailboxNew", "type=messageNew&type=mailboxNew", "type=mailboxNew,%20messageNew,"):
        assert await found(query) == wanted
    assert await found("account=a&type=messageNew") == [("a", "messageNew")]
    assert len(await found("type=")) == 8


async def test_what_is_wrong_is_named(client: Client) -> None:
    problems = await client.problems("GET", "/v1/events?type=messageNew,messageOld", None)
    assert all(name in problems["type.1"] for name in EVENT_NAMES)
    for query in ("since=-1", "since=x", "limit=0", "limit=1001", f"since={2**63}"):
        assert list(await client.problems("GET", f"/v1/events?{query}", None)) == [query.partition("=")[0]]
    assert list(await client.problems("GET", "/v1/events?before=1", None)) == ["before"]


async def test_a_cursor_that_has_expired(client: Client) -> None:
    await client.register("a")
    await announce(client, "a", "messageNew")
    last = (await logged(client))[-1]
    await forget_all(client)
    for path in ("/v1/events?since=1", "/v1/events/stream?since=1"):
        answer = await client.get(path)
        assert (answer.status, answer.body["code"], answer.body["oldest"]) == (410, "CursorExpired", last)
    assert (await client.get(f"/v1/events?since={last}")).body["cursor"] == last
    assert (await client.get("/v1/events")).body == {"events": [], "cursor": last, "more": False}


async def test_a_cursor_beyond_the_newest_event_is_not_of_this_log(client: Client) -> None:
    await client.register("a")
    last = (await logged(client))[-1]
    ahead = str(last + 1)
    for path, headers in (
        (f"/v1/events?since={ahead}", {}),
        (f"/v1/events/stream?since={ahead}", {}),
        ("/v1/events/stream", {"Last-Event-ID": ahead}),
    ):
        answer = await client.get(path, headers=headers)
        assert (answer.status, answer.body["code"], answer.body["oldest"]) == (410, "CursorExpired", last)
    assert (await client.get(f"/v1/events?since={last}")).status == 200


async def test_a_bound_token_sees_its_own_account(client: Client) -> None:
    for account in ("a", "b"):
        await client.register(account)
    bound = await issue(client, account="b")
    for path in ("/v1/events", "/v1/events?account=b"):
        assert {event["account"] for event in (await bound.get(path)).body["events"]} == {"b"}
    for path in ("/v1/events?account=a", "/v1/events?account=b&account=a", "/v1/events/stream?account=a"):
        assert (await bound.get(path)).status == 403
    async with listening(bound, "/v1/events/stream?since=0") as stream:
        await announce(client, "a", "messageNew")
        await announce(client, "b", "mailboxNew")
        assert [message.data["event"] for message in await stream.take(2) if message.data["account"] == "b"] == [
            "accountAdded",
            "mailboxNew",
        ]


async def test_a_bound_token_sees_nothing_of_who_had_its_id_before(either_client: Client) -> None:
    """Mail of a deleted account does not pass to the next holder of its id; administrators see what the log keeps."""
    client = either_client
    await client.register("a")
    before = await issue(client, account="a")
    await announce(client, "a", "messageNew", subject="for the first holder alone")
    await before.get("/v1/events")
    await client.delete("/v1/account/a")
    await client.register("a")
    after = await issue(client, account="a")
    assert (await before.get("/v1/events")).status == 401
    await announce(client, "a", "mailboxNew")

    async def seen(reader: Client, query: str = "") -> list[str]:
        answer = await reader.get(f"/v1/events?{query}")
        assert ("first holder" in answer.text) is (reader is client)
        return [event["event"] for event in answer.body["events"]]

    everything = ["accountAdded", "messageNew", "accountDeleted", "accountAdded", "mailboxNew"]
    for query in ("", "account=a", "since=0", "since=2&account=a"):
        assert await seen(after, query) == everything[3:]
    assert await seen(client, "account=a") == everything
    async with listening(after, "/v1/events/stream?since=0") as stream:
        assert [message.event for message in await stream.take(2)] == everything[3:]
        await client.delete("/v1/account/a")
        await client.register("a")
        await announce(client, "a", "messageNew", subject="for the third holder alone")
        seen_last = [message async for message in _rest(stream)]
    assert all(message.event == "accountDeleted" for message in seen_last)


async def _rest(stream: Stream) -> AsyncIterator[Message]:
    while (message := await stream.next()) is not None:
        yield message


async def test_a_narrowed_token_needs_the_group(client: Client) -> None:
    reader = await issue(client, permissions={"actions": ["read"], "groups": ["events"]})
    other = await issue(client, permissions={"groups": ["account"]})
    for path in ("/v1/events", "/v1/events/stream?type=x", "/v1/changes?x=1"):
        assert (await reader.get(path)).status in (200, 400)
        answer = await other.get(path)
        assert (answer.status, answer.body["requiredPermission"]["group"]) == (403, "events")


async def test_a_stream_begins_now(either_client: Client) -> None:
    client = either_client
    await client.register("a")
    async with listening(client, "/v1/events/stream") as stream:
        await announce(client, "a", "messageNew", "messageDeleted", text="a\nb")
        first, second = await stream.take(2)
        assert (first.event, first.data["data"], first.id) == ("messageNew", {"text": "a\nb"}, first.data["seq"])
        assert (second.event, second.id) == ("messageDeleted", second.data["seq"])
    (page,) = [(await client.get(f"/v1/events?since={first.id - 1 if first.id else 0}")).body]
    assert [first.data, second.data] == page["events"]


async def test_a_stream_that_is_cut_off_goes_on_without_gap_or_double(client: Client) -> None:
    await client.register("a")
    total = 300
    seen: list[int] = []

    async def announcing() -> None:
        for _ in range(total):
            await announce(client, "a", "messageNew")

    async with asyncio.TaskGroup() as group:
        group.create_task(announcing())
        place: dict[str, str] = {}
        while len(seen) < total:
            # `since` is part of the URL a browser asks again, so the header must go before it.
            async with listening(client, "/v1/events/stream?since=0&type=messageNew", **place) as stream:
                for message in await stream.take(min(37, total - len(seen))):
                    assert message.id is not None
                    seen.append(message.id)
            place = {"Last-Event-ID": str(seen[-1])}
    page = (await client.get("/v1/events?limit=1000&type=messageNew")).body
    assert seen == [event["seq"] for event in page["events"]]


async def test_a_place_that_is_none_is_refused(client: Client) -> None:
    for place in ("x", "-1", str(2**63), "٣".encode().decode("latin-1")):
        answer = await client.get("/v1/events/stream", headers={"Last-Event-ID": place})
        assert (answer.status, answer.body["fields"][0]["key"]) == (400, "Last-Event-ID")


async def test_a_stream_without_a_match_tells_how_far_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.05)
    await client.register("a")
    async with listening(client, "/v1/events/stream?type=mailboxReset") as stream:
        await announce(client, "a", "messageNew", "messageNew")
        newest = max(await logged(client))
        while stream.last_id != newest:
            stream.comments.clear()
            await stream.comment("keep-alive")
        await client.db.write(partial(store.note_pruned, seq=newest))
    async with listening(client, "/v1/events/stream?type=mailboxReset", **{"Last-Event-ID": str(newest)}) as stream:
        await announce(client, "a", "mailboxReset")
        message = await stream.next()
        assert message is not None
        assert message.event == "mailboxReset"


async def test_a_stream_tells_at_once_where_it_begins(client: Client) -> None:
    await client.register("a")
    newest = max(await logged(client))
    async with listening(client, "/v1/events/stream") as stream:
        assert stream.last_id == newest
    async with listening(client, "/v1/events/stream", **{"Last-Event-ID": "0"}) as stream:
        assert stream.last_id == 0
        message = await stream.next()
        assert message is not None
        assert message.id == 1


async def test_silence_is_filled_with_comments(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE", 0.1)
    async with listening(client, "/v1/events/stream") as stream:
        await stream.comment("keep-alive")
        stream.comments.clear()
        await stream.comment("keep-alive")


async def test_the_token_may_be_in_the_query(client: Client) -> None:
    await client.register("a")
    token = (await issue(client)).token
    async with listening(client.as_(None), f"/v1/events/stream?since=0&access_token={token}") as stream:
        assert await stream.next() is not None


async def test_a_stream_ends_with_its_token(client: Client) -> None:
    await client.register("a")
    made = (await client.post("/v1/tokens", {"description": "short-lived"})).body
    async with listening(client.as_(made["token"]), "/v1/events/stream?since=0") as stream:
        assert await stream.next() is not None
        await client.delete(f"/v1/tokens/{made['id']}")
        await announce(client, "a", "messageNew")
        assert await stream.next() is None


async def test_a_silent_stream_ends_with_its_token_too(client: Client) -> None:
    made = (await client.post("/v1/tokens", {"description": "short-lived"})).body
    async with listening(client.as_(made["token"]), "/v1/events/stream") as stream:
        await client.delete(f"/v1/tokens/{made['id']}")
        assert await stream.next() is None


async def test_a_client_that_left_is_forgotten(client: Client) -> None:
    async with listening(client, "/v1/events/stream"), listening(client, "/v1/changes"):
        assert len(client.api.streams.seats) == 2
    await eventually(lambda: len(client.api.streams.seats) == 0)


@pytest.mark.long
async def test_a_slow_client_is_read_for_as_it_takes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has not taken stays in the log: only a page and what the sockets hold are read ahead."""
    await client.register("a")
    for _ in range(40):
        await announce(client, "a", *["messageNew"] * 5, text="x" * 100_000)
    read = 0
    original = LogFeed.read

    async def counting(feed: LogFeed) -> tuple[bytes, bool] | None:
        nonlocal read
        found = await original(feed)
        read += len(found[0]) if found else 0
        return found

    monkeypatch.setattr(LogFeed, "read", counting)
    async with listening(client, "/v1/events/stream?since=0&type=messageNew") as stream:
        await asyncio.sleep(1.0)
        assert read < 12_000_000
        messages = await take_all(stream, 200)
    assert read > 20_000_000
    assert messages == sorted(set(messages))


async def take_all(stream: Stream, count: int) -> list[int]:
    """The numbers of the next events, of lines longer than the client reads at once."""
    found: list[int] = []
    tail = b""
    async with asyncio.timeout(60):
        while len(found) < count:
            tail += await stream.response.content.readany()
            *lines, tail = tail.split(b"\n")
            found += [int(line[4:]) for line in lines if line.startswith(b"id: ")]
    return found


async def test_a_slow_client_whose_events_are_gone_is_told_when_it_comes_back(client: Client) -> None:
    await client.register("a")
    following = client.api.streams._following
    feed = LogFeed(following, client.api.runtime, Follower(WantedEvents(), 0))
    with feed.joined(Waiter()):
        await announce(client, "a", "messageNew")
        await forget_all(client)
        assert await read_once_known(feed) is None


async def read_once_known(feed: LogFeed) -> tuple[bytes, bool] | None:
    """Read until the common reader has looked at the log: before that there is nothing to read, and nothing is lost."""
    async with asyncio.timeout(60):
        while (found := await feed.read()) == (b"", False):
            await asyncio.sleep(0.01)
    return found


async def test_head_answers_at_once(client: Client) -> None:
    for path in ("/v1/events/stream", "/v1/changes"):
        answer = await client.ask("HEAD", path)
        assert (answer.status, answer.text) == (200, "")
    assert (await client.ask("HEAD", "/v1/events")).status == 200
