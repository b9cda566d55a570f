"""Handlers for the log of events: read by cursor, and streamed."""

from __future__ import annotations

from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.accounts.changes import store as changes
from postroom.accounts.changes.reader import Watcher
from postroom.api.checking.problems import FieldProblem
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.route import Api, Call
from postroom.api.streaming.feeds import LogFeed, StateFeed, shown
from postroom.api.streaming.streams import EventStream, Source
from postroom.events import cursor
from postroom.events.following import Follower
from postroom.events.model import Wanted
from postroom.schemas.requests.events import MAX_CURSOR

LAST_EVENT_ID: Final = "Last-Event-ID"
KEEP_ALIVE: Final = 15.0
CHANGES_KEEP_ALIVE: Final = 90.0


async def list_events(api: Api, call: Call) -> Response:
    """GET /v1/events"""
    query = call.query
    work = partial(cursor.page, after=query.since, wanted=_wanted(call), limit=query.limit)
    found = await api.db.read(work)
    service_url = (await api.runtime.get()).service_url
    texts = ",".join(shown(found.events, service_url))
    text = f'{{"events":[{texts}],"cursor":{found.cursor},"more":{"true" if found.more else "false"}}}'
    return Response(text, headers={"cache-control": "no-store"}, media_type="application/json")


async def stream_events(api: Api, call: Call) -> Response:
    """GET /v1/events/stream"""
    api.streams.seats.check_room(call.caller)
    since = _last_event_id(call.request)
    if since is None:
        since = call.query.since
    if since is None:
        since = await api.db.read(cursor.here)
    # What is wrong with the cursor is told with a status, before the stream begins.
    await api.db.read(partial(cursor.page, after=since, limit=1))
    feed = LogFeed(api.streams.following, api.runtime, Follower(_wanted(call), since))
    return _stream(api, call, feed, KEEP_ALIVE)


async def stream_changes(api: Api, call: Call) -> Response:
    """GET /v1/changes"""
    api.streams.seats.check_room(call.caller)
    place = await api.db.read(changes.here)
    return _stream(api, call, StateFeed(api.streams.changes, Watcher(place)), CHANGES_KEEP_ALIVE)


def _stream(api: Api, call: Call, feed: Source, keep_alive: float) -> Response:
    """Take a place and return the stream, which gives it back; nothing that may fail comes between."""
    seats = api.streams.seats
    return EventStream(_greeting(api), feed, seats, seats.take(call.caller, call.address), keep_alive)


def _wanted(call: Call) -> Wanted:
    """Return which events are asked for, and may be seen.

    A token that is bound to an account sees those of this account, not of others that had its id before.
    """
    caller = call.caller
    return Wanted(call.query.account or caller.account, caller.account_key, tuple(call.query.type))


def _last_event_id(request: Request) -> int | None:
    sent = request.headers.get(LAST_EVENT_ID, "").strip()
    if not sent:
        return None
    if not (sent.isascii() and sent.isdecimal()) or int(sent) > MAX_CURSOR:
        raise InvalidRequest([FieldProblem(LAST_EVENT_ID, f'"{LAST_EVENT_ID}" must be the number of an event')])
    return int(sent)


def _greeting(api: Api) -> str:
    return f"Postroom {api.version}"
