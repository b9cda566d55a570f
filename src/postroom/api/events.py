"""Handlers for the log of events: read by cursor, and streamed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from postroom.access.tokens import TokenRefused
from postroom.accounts import changes
from postroom.accounts.journal import STATE_TOPIC
from postroom.api.auth import identify
from postroom.api.errors import FieldProblem, InvalidRequest
from postroom.api.presenting import state_change
from postroom.api.route import Api, Call
from postroom.api.schemas.events import MAX_CURSOR
from postroom.api.streams import EventStream, Watch, block
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.events import cursor
from postroom.events.cursor import CursorExpired, LoggedEvent, Wanted
from postroom.events.log import TOPIC
from postroom.storage.database import Database

LAST_EVENT_ID: Final = "Last-Event-ID"
KEEP_ALIVE: Final = 15.0
CHANGES_KEEP_ALIVE: Final = 90.0
_STREAM_PAGE: Final = 100
_STREAM_PAGE_SIZE: Final = 1024 * 1024


async def list_events(api: Api, call: Call) -> Response:
    """GET /v1/events"""
    query = call.query
    work = partial(cursor.page, after=query.since, wanted=_wanted(call), limit=query.limit)
    found = await api.db.read(work)
    service_url = (await api.runtime.get()).service_url
    shown = ",".join(_shown(found.events, service_url))
    text = f'{{"events":[{shown}],"cursor":{found.cursor},"more":{"true" if found.more else "false"}}}'
    return Response(text, headers={"cache-control": "no-store"}, media_type="application/json")


async def stream_events(api: Api, call: Call) -> Response:
    """GET /v1/events/stream"""
    api.streams.check_room()
    since = _last_event_id(call.request)
    if since is None:
        since = call.query.since
    if since is None:
        since = await api.db.read(cursor.here)
    log = _Log(api.db, api.runtime, since, _wanted(call))
    # What is wrong with the cursor is told with a status, before the stream begins.
    await api.db.read(partial(cursor.page, after=since, limit=1))
    return EventStream(_greeting(api), log, _watch(api, call, TOPIC, KEEP_ALIVE))


async def stream_changes(api: Api, call: Call) -> Response:
    """GET /v1/changes"""
    api.streams.check_room()
    states = _States(api.db, await api.db.read(changes.here))
    return EventStream(_greeting(api), states, _watch(api, call, STATE_TOPIC, CHANGES_KEEP_ALIVE))


@dataclass(slots=True)
class _Log:
    """The events from a cursor on."""

    db: Database
    runtime: RuntimeSettings
    since: int
    wanted: Wanted

    async def read(self) -> tuple[bytes, bool] | None:
        """Return the next events; None when the client was so slow that they are no longer kept."""
        work = partial(
            cursor.page,
            after=self.since,
            wanted=self.wanted,
            limit=_STREAM_PAGE,
            max_size=_STREAM_PAGE_SIZE,
        )
        try:
            found = await self.db.read(work)
        except CursorExpired:
            return None
        self.since = found.cursor
        texts = zip(found.events, _shown(found.events, (await self.runtime.get()).service_url), strict=True)
        return b"".join(block(text, event.type, event.seq) for event, text in texts), found.more

    def position(self) -> bytes:
        """Return the number up to which everything was read, wanted or not."""
        return f"id: {self.since}\n".encode()


@dataclass(slots=True)
class _States:
    """The state changes of all accounts from a place on."""

    db: Database
    place: changes.Place

    async def read(self) -> tuple[bytes, bool] | None:
        """Return the next state changes."""
        found, self.place = await self.db.read(partial(changes.read, place=self.place))
        texts = [orjson.dumps(state_change(change)).decode() for change in found]
        return b"".join(block(text, "message") for text in texts), bool(found)

    def position(self) -> bytes:
        """Return nothing: this stream is not resumed."""
        return b""


def _shown(found: Iterable[LoggedEvent], service_url: str | None) -> list[str]:
    """Return events as JSON: the body of the webhook, with the number and the id of the event before it."""
    origin = orjson.dumps(service_url).decode()
    return [f'{{"seq":{each.seq},"id":"{each.id}","serviceUrl":{origin},{each.payload[1:]}' for each in found]


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


def _watch(api: Api, call: Call, topic: str, keep_alive: float) -> Watch:
    async def allowed() -> bool:
        """Whether the token is still good; when that cannot be told, it is."""
        try:
            await identify(api.tokens, call.request, call.address)
        except TokenRefused:
            return False
        except StorageFailed:
            return True
        return True

    return Watch(api.db, api.streams, topic, keep_alive, allowed)
