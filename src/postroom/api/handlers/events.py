"""Handlers for the log of events: reading by cursor, and streaming."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.route import Api, Call
from postroom.events.model import WantedEvents
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.events import MAX_CURSOR
from postroom.streaming.feeds import shown

LAST_EVENT_ID: Final = "Last-Event-ID"


async def list_events(api: Api, call: Call) -> Response:
    """GET /v1/events"""
    query = call.query
    found = await api.events.page(query.since, wanted=_wanted(call), limit=query.limit)
    service_url = (await api.runtime.get()).service_url
    texts = ",".join(shown(found.events, service_url))
    text = f'{{"events":[{texts}],"cursor":{found.cursor},"more":{"true" if found.more else "false"}}}'
    return Response(text, headers={"cache-control": "no-store"}, media_type="application/json")


async def stream_events(api: Api, call: Call) -> Response:
    """GET /v1/events/stream"""
    since = _last_event_id(call.request)
    if since is None:
        since = call.query.since
    return await api.streams.events(call.caller, call.address, _wanted(call), since)


async def stream_changes(api: Api, call: Call) -> Response:
    """GET /v1/changes"""
    return await api.streams.changes(call.caller, call.address)


def _wanted(call: Call) -> WantedEvents:
    """Return which events the caller asks for and may see.

    A token bound to an account sees the events of this account, not of earlier accounts with the same id.
    """
    caller = call.caller
    return WantedEvents(call.query.account or caller.account, caller.account_key, tuple(call.query.type))


def _last_event_id(request: Request) -> int | None:
    sent = request.headers.get(LAST_EVENT_ID, "").strip()
    if not sent:
        return None
    if not (sent.isascii() and sent.isdecimal()) or int(sent) > MAX_CURSOR:
        raise InvalidRequest([FaultyField(LAST_EVENT_ID, f'"{LAST_EVENT_ID}" must be the number of an event')])
    return int(sent)
