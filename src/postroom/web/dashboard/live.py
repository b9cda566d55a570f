"""The stream with which a page of the dashboard learns what to load again: `GET /dashboard/live?topic=…`.

Topics: `accounts`, `overview`, `account:<id>`, `events:<account id>`, and `log` for the events of all accounts. The
messages are named `accounts`, `overview`, `account`, `events` and `log`. A page listens with
`hx-ext="sse" sse-connect="…"`, and a part of it with `hx-trigger="sse:overview"`. Pages work without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from postroom.streaming.page_feed import PageTopics
from postroom.web import protection
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit

__all__ = ["PAGES", "PATH", "stream", "topics_of", "url"]

PATH: Final = "/dashboard/live"


def url(*topics: str) -> str:
    """Return the address of the stream for a page with these topics."""
    return f"{PATH}?{urlencode([('topic', topic) for topic in topics])}"


def topics_of(asked: Iterable[str]) -> PageTopics:
    """Return the topics that a page asks for. Unknown ones are left out."""
    accounts = overview = log = False
    account: str | None = None
    events_of: str | None = None
    for topic in asked:
        name, _, of = topic.partition(":")
        accounts = accounts or topic == "accounts"
        overview = overview or topic == "overview"
        log = log or topic == "log"
        account = of if name == "account" and of else account
        events_of = of if name == "events" and of else events_of
    return PageTopics(accounts, overview, account, events_of, log)


async def stream(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/live"""
    topics = topics_of(visit.request.query_params.getlist("topic"))
    if not topics.names():
        return Response(
            "Name a topic, such as ?topic=overview.", 400, headers=protection.headers(), media_type="text/plain"
        )

    session = visit.visitor.session.id

    async def is_admitted() -> bool:
        return not await desk.sessions.gone([session])

    return await desk.streams.page(session, topics, is_admitted)


PAGES: Final = (DeskPage("GET", PATH, stream),)
