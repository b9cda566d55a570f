"""The log of events: the newest of all accounts, which appear by themselves, and the way to earlier ones."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.events.model import EventNotFound
from postroom.events.types import EVENT_NAMES
from postroom.web.dashboard import live
from postroom.web.dashboard.accounts.event_lines import event_line
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.events.list_wish import LARGEST, PAGE_SIZE, EventWish, read_wish
from postroom.web.dashboard.rendering import moved, page, part
from postroom.web.dashboard.webhooks.paths import EVENTS, event_path
from postroom.web.received import number_in

__all__ = ["PAGES"]

_FIND: Final = f"{EVENTS}/find"
_LONGEST_ID: Final = 64


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/events"""
    wish = read_wish(visit.request.query_params)
    found = await desk.events.newest_before(wish.before, wanted=wish.wanted(), limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    values = {
        "wish": wish,
        "lines": [
            (event_line(event), event.account, account_path(event.account), event_path(event.seq)) for event in shown
        ],
        "older": wish.below(shown[-1].seq) if len(found) > PAGE_SIZE else "",
        "newest": wish.newest.path if wish.before is not None else "",
        "types": [("", "Any type"), *((name, name) for name in EVENT_NAMES)],
        "paths": {"here": EVENTS, "find": _FIND},
        **_live(wish),
    }
    return part("events_found.html", visit, values) if visit.wants_part else page("events.html", visit, values)


def _live(wish: EventWish) -> dict[str, object]:
    """Return the stream of the page, and the message upon which the list is loaded again. Earlier events stay."""
    if wish.before is not None:
        return {"stream": "", "trigger": ""}
    if wish.account:
        return {"stream": live.url(f"events:{wish.account}"), "trigger": "sse:events"}
    return {"stream": live.url("log"), "trigger": "sse:log"}


async def find(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/events/find"""
    asked = visit.request.query_params.get("event", "").strip()[:_LONGEST_ID]
    number = number_in(asked, LARGEST)
    if number is not None:
        return moved(event_path(number))
    try:
        return moved(event_path(await desk.events.number_of(asked)))
    except EventNotFound:
        return moved(EVENTS, "There is no event with this id, or it is no longer kept.", tone="wait")


PAGES: Final = (DeskPage("GET", EVENTS, show), DeskPage("GET", _FIND, find))
