"""The overview: what needs a person first, accounts by state, and how mail and events flow."""

from __future__ import annotations

from starlette.responses import Response

from postroom.web.dashboard.desk import Desk, DeskVisit
from postroom.web.dashboard.rendering import page


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /"""
    return page("overview.html", visit, {"counts": await desk.accounts.state_counts()})
