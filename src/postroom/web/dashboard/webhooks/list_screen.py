"""All endpoints: how each is, what waits for it, and its last answer."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import page, part
from postroom.web.dashboard.webhooks.paths import ADD, LIST, SETTINGS, endpoint_path
from postroom.web.dashboard.webhooks.standing import EndpointStanding, name_of, standing_of
from postroom.webhooks.views import EndpointTraffic, EndpointView

__all__ = ["PAGES", "EndpointLine"]


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint as it is shown in the list."""

    view: EndpointView
    name: str
    standing: EndpointStanding
    traffic: EndpointTraffic
    path: str
    test: str


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/webhooks"""
    settings, views, now = await desk.runtime.get(), await desk.webhooks.list_used(), desk.clock()
    traffic = await desk.deliveries.traffic([view.id for view in views])
    values = {
        "lines": [
            EndpointLine(
                view,
                name_of(view),
                standing_of(view, now),
                traffic[view.id],
                endpoint_path(view.id),
                endpoint_path(view.id, "test"),
            )
            for view in views
        ],
        "is_on": settings.webhooks_enabled,
        "paths": {"here": LIST, "add": ADD, "settings": SETTINGS},
    }
    return part("webhooks_now.html", visit, values) if visit.wants_part else page("webhooks.html", visit, values)


PAGES: Final = (DeskPage("GET", LIST, show),)
