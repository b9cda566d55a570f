"""The routes of events and their streams."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import events
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import EVENTS
from postroom.schemas.requests import events as event_req
from postroom.streaming.event_stream import MEDIA_TYPE as STREAM

_RESUME: Final = {events.LAST_EVENT_ID: "The number of the last event seen; the stream continues after it"}

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listEvents", "GET", "/v1/events", events.list_events, EVENTS, "Read events by cursor", "Events",
          event_req.EventsQuery, account_query="account", account_implied=True, repeated=("type",), errors=(410,)),
    Route("streamEvents", "GET", "/v1/events/stream", events.stream_events, EVENTS, "Stream events", "Events",
          event_req.EventStreamQuery, account_query="account", account_implied=True, repeated=("type",),
          headers=_RESUME, errors=(410,), media_type=STREAM),
    Route("streamStateChanges", "GET", "/v1/changes", events.stream_changes, EVENTS, "Stream state changes", "Events",
          media_type=STREAM),
)
# fmt: on
