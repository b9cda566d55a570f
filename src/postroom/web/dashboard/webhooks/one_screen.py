"""One endpoint: how it is, what it wants, its deliveries, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from postroom.events.types import EVENT_NAMES
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import page, part
from postroom.web.dashboard.webhooks.delivery_wish import PAGE_SIZE, DeliveryWish, read_wish
from postroom.web.dashboard.webhooks.paths import LIST, SETTINGS, delivery_path, endpoint_path, event_path
from postroom.web.dashboard.webhooks.standing import account_of, name_of, standing_of
from postroom.web.design.tones import label
from postroom.webhooks.history.history_store import DeliveryQuery
from postroom.webhooks.model import SendingState, TargetKind

__all__ = ["PAGES", "draw"]

_PARTS: Final = ("test", "pause", "enable", "edit", "delete", "rotate", "replay")


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/webhooks/{endpoint}"""
    return await draw(desk, visit, {})


async def draw(desk: Desk, visit: DeskVisit, more: Mapping[str, object], *, status: int = 200) -> Response:
    """Return the page of an endpoint, with what was just done in `more`. Raises EndpointNotFound."""
    endpoint = visit.path["endpoint"]
    view = await desk.webhooks.get(endpoint)
    account = account_of(view)
    wish = read_wish(endpoint, visit.request.query_params)
    values: dict[str, object] = {
        "view": view,
        "name": name_of(view),
        "standing": standing_of(view, desk.clock()),
        "is_object": view.kind is TargetKind.OBJECT,
        "account": account,
        "account_path": account_path(account) if account else "",
        "counts": [(state.value, view.counts.get(state.value, 0)) for state in SendingState],
        "is_on": (await desk.runtime.get()).webhooks_enabled,
        "event_names": EVENT_NAMES,
        "since": "",
        "problems": {},
        "typed_account": "",
        "chosen": [],
        "so_far": 0,
        "trial": None,
        "after": "",
        "paths": {
            "list": LIST,
            "settings": SETTINGS,
            "here": endpoint_path(endpoint),
            **{each: endpoint_path(endpoint, each) for each in _PARTS},
        },
        **await _deliveries(desk, wish),
        **more,
    }
    if visit.wants_part:
        return part("webhook_deliveries.html", visit, values)
    return page("webhook.html", visit, values, status=status)


async def _deliveries(desk: Desk, wish: DeliveryWish) -> dict[str, object]:
    query = DeliveryQuery(state=wish.state, event=wish.event or None, page=wish.page, page_size=PAGE_SIZE)
    found = await desk.deliveries.page(wish.endpoint, query)
    return {
        "wish": wish,
        "found": found,
        "rows": [
            (each, delivery_path(each.id), event_path(each.event_seq) if each.event_id is not None else "")
            for each in found.items
        ],
        "states": [("", "Any result"), *((state.value, label(state.value)) for state in SendingState)],
        "events": [("", "Any event"), *((name, name) for name in EVENT_NAMES)],
    }


PAGES: Final = (DeskPage("GET", f"{LIST}/{{endpoint}}", show),)
