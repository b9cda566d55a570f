"""The log of events, read by cursor, and its streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from postroom.client.request import AnswerKind, ApiRequest, QueryValue, made
from postroom.client.walking import EventWalk

if TYPE_CHECKING:
    from postroom.schemas.answers.events import EventsPage, LoggedEvent


def page(
    *,
    since: int | None = None,
    account: str | None = None,
    types: Sequence[str] | None = None,
    limit: int = 100,
) -> ApiRequest[EventsPage]:
    """Return events after cursor `since`, or from the oldest that is kept. Gone, if some after it are not kept."""
    query: dict[str, QueryValue] = {"since": since, "account": account, "type": types, "limit": limit}
    return made("GET", "/v1/events", query=query)


def read(
    *,
    since: int | None = None,
    account: str | None = None,
    types: Sequence[str] | None = None,
    page_size: int = 100,
) -> EventWalk[LoggedEvent]:
    """Go through the events after cursor `since`, or from the oldest that is kept, up to the newest."""

    def ask(cursor: int | None) -> ApiRequest[EventsPage]:
        return page(since=cursor, account=account, types=types, limit=page_size)

    return EventWalk(ask, since)


def stream_request(since: int | None, account: str | None, types: Sequence[str] | None) -> ApiRequest[Any]:
    """Return the request for the stream of events after `since`, None for now."""
    headers = None if since is None else {"Last-Event-ID": str(since)}
    query: dict[str, QueryValue] = {"account": account, "type": types}
    return made("GET", "/v1/events/stream", query=query, headers=headers, kind=AnswerKind.TEXT)


def changes_request() -> ApiRequest[Any]:
    """Return the request for the stream of the state changes of all accounts."""
    return made("GET", "/v1/changes", kind=AnswerKind.TEXT)
