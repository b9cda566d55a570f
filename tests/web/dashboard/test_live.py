"""The stream of a page: what it asks for, and what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request

from postroom.composition.callers import desk_of
from postroom.streaming.event_stream import EventStream
from postroom.streaming.page_feed import PageTopics
from postroom.web.dashboard import live
from postroom.web.dashboard.desk import DeskVisit, Visitor
from tests.api.conftest import Client


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["accounts"], PageTopics(accounts=True)),
        (["overview"], PageTopics(overview=True)),
        (["account:a:b", "events:a:b"], PageTopics(account="a:b", events_of="a:b")),
        (["account:", "account", "events", "nothing"], PageTopics()),
    ],
)
def test_topics_as_a_page_asks_for_them(asked: Iterable[str], expected: PageTopics) -> None:
    assert live.topics_of(asked) == expected


def test_the_address_of_a_stream_holds_any_account_id() -> None:
    assert live.url("overview") == "/dashboard/live?topic=overview"
    assert live.url("account:a&b", "events:a&b") == "/dashboard/live?topic=account%3Aa%26b&topic=events%3Aa%26b"


def visit(query: str) -> DeskVisit:
    scope = {"type": "http", "method": "GET", "path": live.PATH, "query_string": query.encode(), "headers": []}
    return DeskVisit(Request(scope), Visitor("admin", "a token of forms"))


async def test_a_page_is_told_what_to_load(client: Client) -> None:
    response = await live.stream(desk_of(client.api), visit("topic=overview"))
    assert isinstance(response, EventStream)
    sent: list[dict[str, Any]] = []
    told = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if b"event: overview" in message.get("body", b""):
            told.set()

    async def receive() -> dict[str, Any]:
        await told.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(30):
        await response({"type": "http", "method": "GET"}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 200
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert len(client.api.streams.seats) == 0, "the seat is free again"


async def test_a_page_without_a_topic_is_refused(client: Client) -> None:
    response = await live.stream(desk_of(client.api), visit("topic=nothing"))
    assert response.status_code == 400
    assert len(client.api.streams.seats) == 0
