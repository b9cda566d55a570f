"""Where a person goes to do what is needed: a page of the dashboard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.accounts.lifecycle import State
from postroom.attention.need import About
from postroom.footprint.dataclass import dataclass
from postroom.http.paths import path_for
from postroom.web.dashboard.accounts.paths import account_path, list_path
from postroom.web.dashboard.oauth2.paths import app_path
from postroom.web.dashboard.outbox.paths import outbox_path
from postroom.web.dashboard.webhooks.paths import LIST as WEBHOOKS
from postroom.web.dashboard.webhooks.paths import endpoint_path

__all__ = ["NODES", "NextStep", "way_to"]

NODES: Final = "/dashboard/nodes"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A link: its text and its path."""

    text: str
    path: str


_OUTBOX: Final[Mapping[str | None, NextStep]] = {
    "unknown": NextStep("Decide in the outbox", outbox_path({"state": "unknown"})),
    "queued": NextStep("Show the outbox", outbox_path({"state": "queued"})),
    None: NextStep("Resume in the outbox", outbox_path()),
}


def way_to(about: About) -> NextStep | None:
    """Return the way to what a need is about; None where only the operator of the machine can act."""
    if about.kind == "account" and about.id is not None:
        if about.state == State.AUTHENTICATION_ERROR.value:
            return NextStep("Repair the account", account_path(about.id, "repair"))
        return NextStep("Show the account", account_path(about.id))
    if about.kind == "oauth2" and about.id is not None:
        return NextStep("Check the application", app_path(about.id))
    if about.kind == "accounts":
        wanted = {"state": about.state or "", "provider": about.provider or ""}
        return NextStep("Show the accounts", list_path(wanted))
    if about.kind == "webhooks":
        where = endpoint_path(about.id) if about.id is not None else WEBHOOKS
        return NextStep("Show the endpoint" if about.id is not None else "Show the endpoints", where)
    if about.kind == "deliveries":
        dead = path_for(endpoint_path(about.id), {"state": "dead"}) if about.id is not None else WEBHOOKS
        return NextStep("Show the deliveries", dead)
    if about.kind == "nodes":
        return NextStep("Show the nodes", NODES)
    if about.kind == "outbox":
        return _OUTBOX.get(about.id)
    return NextStep("Show the settings", "/dashboard/settings") if about.kind == "settings" else None
