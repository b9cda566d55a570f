"""Everything about one account on one page, and the parts of it that are loaded again while it is open."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.known.sync_words import progress_in_words
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountPlace
from postroom.web.charts.state_strip import state_strip
from postroom.web.dashboard import live
from postroom.web.dashboard.accounts.condition import condition_of
from postroom.web.dashboard.accounts.event_lines import event_line
from postroom.web.dashboard.accounts.facts_shown import server_shown, settings_shown
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.accounts.provider_choice import name_of
from postroom.web.dashboard.accounts.story import segments
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.editing.cures import needed_cure
from postroom.web.dashboard.rendering import page, part

__all__ = ["PAGES"]

_TIMELINE: Final = 12
_FOR_STRIP: Final = 500
_EVENTS: Final = 20


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}"""
    account = visit.path["account"]
    values = {**await _state(desk, account), **await _folders(desk, account), **await _events(desk, account)}
    return page("account.html", visit, {**values, **await _lasting(desk, account)})


async def state(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/state"""
    return part("account_state.html", visit, await _state(desk, visit.path["account"]))


async def folders(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/folders"""
    account = visit.path["account"]
    return part("account_folders.html", visit, {**await _state(desk, account), **await _folders(desk, account)})


async def events(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/events"""
    account = (await desk.accounts.get(visit.path["account"])).row.account
    return part("account_events.html", visit, {**_links(account), **await _events(desk, account)})


def _links(account: str) -> dict[str, object]:
    parts = ("state", "folders", "events", "reconnect", "disconnect", "sync", "delete", "diagnosis", "edit")
    mail = {"mail": account_path(account, "mail"), "test_message": account_path(account, "test-message")}
    return {
        "paths": {
            "list": LIST,
            "here": account_path(account),
            **{each: account_path(account, each) for each in parts},
            **mail,
        }
    }


async def _state(desk: Desk, account: str) -> dict[str, object]:
    """Return what changes with the state of the account. Raises AccountNotFound."""
    view, now = await desk.accounts.get(account), desk.clock()
    known = (await desk.accounts.timeline(account, 0, _FOR_STRIP)).items
    return {
        **_links(account),
        "view": view,
        "row": view.row,
        "condition": condition_of(view),
        "progress": progress_in_words(view.sync.folders, view.sync.messages) if view.sync else "",
        "cure": needed_cure(view, await desk.apps.kinds()),
        "is_busy": view.row.state in (State.CONNECTING, State.SYNCING),
        "strip": state_strip(segments(known, now), title="States of the last day"),
        "timeline": known[:_TIMELINE],
        "earlier": len(known) > _TIMELINE,
    }


async def _folders(desk: Desk, account: str) -> dict[str, object]:
    return {"folders": await desk.followed.of(account)}


async def _events(desk: Desk, account: str) -> dict[str, object]:
    return {"events": [event_line(event) for event in await desk.events.newest_of(account, _EVENTS)]}


async def _lasting(desk: Desk, account: str) -> dict[str, object]:
    """Return what changes only when somebody changes the account, or its server."""
    view = await desk.accounts.get(account)
    return {
        "server": server_shown(view),
        "settings": settings_shown(view.masked),
        "provider": name_of(AccountPlace(view.row.type, view.row.host), await desk.apps.kinds()),
        "sending": await desk.lanes.state_of(account),
        "stream": live.url(f"account:{account}", f"events:{account}"),
    }


PAGES: Final = (
    DeskPage("GET", f"{LIST}/{{account}}", show),
    DeskPage("GET", f"{LIST}/{{account}}/state", state),
    DeskPage("GET", f"{LIST}/{{account}}/folders", folders),
    DeskPage("GET", f"{LIST}/{{account}}/events", events),
)
