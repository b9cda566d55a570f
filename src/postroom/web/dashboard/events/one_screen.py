"""One event: its payload, and what became of it at each endpoint ("Why was this not sent?")."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.events.model import EventNotFound
from postroom.web.dashboard.accounts.event_lines import event_line
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.events.list_wish import LARGEST
from postroom.web.dashboard.rendering import page, part
from postroom.web.dashboard.webhooks.fate_lines import fate_line
from postroom.web.dashboard.webhooks.paths import EVENTS, event_path
from postroom.web.received import number_in
from postroom.webhooks.fates.request import body_shown
from postroom.webhooks.fates.verdict import FateKind

__all__ = ["PAGES"]

_MOVING: Final = frozenset({FateKind.WAITING, FateKind.BEHIND, FateKind.RETRYING, FateKind.PAUSED})


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/events/{seq}"""
    number = number_in(visit.path["seq"], LARGEST)
    if number is None:
        raise EventNotFound("Events have numbers.")
    story = await desk.fates.of_event(number)
    event = story.event
    values = {
        "seq": number,
        "event": event,
        "line": event_line(event) if event is not None else None,
        "body": body_shown(event.payload.encode()) if event is not None else None,
        "lines": [fate_line(each.endpoint, each.fate) for each in story.fates],
        "is_moving": any(each.fate.kind in _MOVING for each in story.fates),
        "account_path": account_path(event.account) if event is not None else "",
        "paths": {"list": EVENTS, "here": event_path(number)},
    }
    return part("event_fates.html", visit, values) if visit.wants_part else page("event.html", visit, values)


PAGES: Final = (DeskPage("GET", f"{EVENTS}/{{seq}}", show),)
