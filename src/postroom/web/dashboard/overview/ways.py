"""Where a person goes to do what is needed: a page of the dashboard, or the operation of the API that does it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from postroom.attention.need import About
from postroom.web.dashboard.accounts.paths import account_path, list_path
from postroom.web.dashboard.oauth2.paths import app_path

__all__ = ["NODES", "NextStep", "way_to"]

NODES: Final = "/dashboard/nodes"
_REFERENCE: Final = "/docs#{}"


@dataclass(frozen=True, slots=True)
class NextStep:
    """A link: its text and its path."""

    text: str
    path: str


_OPERATIONS: Final[Mapping[str, NextStep]] = {
    "webhooks": NextStep("Webhooks in the API", _REFERENCE.format("getWebhook")),
    "deliveries": NextStep("Replay through the API", _REFERENCE.format("replayDelivery")),
    "settings": NextStep("Show the settings", "/dashboard/settings"),
}
_OUTBOX: Final[Mapping[str | None, NextStep]] = {
    "unknown": NextStep("Resolve through the API", _REFERENCE.format("resolveOutboxItem")),
    "queued": NextStep("Outbox in the API", _REFERENCE.format("listOutbox")),
    None: NextStep("Resume through the API", _REFERENCE.format("pauseSubmitQueue")),
}


def way_to(about: About) -> NextStep | None:
    """Return the way to what a need is about; None where only the operator of the machine can act."""
    if about.kind == "account" and about.id is not None:
        return NextStep("Show the account", account_path(about.id))
    if about.kind == "oauth2" and about.id is not None:
        return NextStep("Check the application", app_path(about.id))
    if about.kind == "accounts":
        wanted = {"state": about.state or "", "provider": about.provider or ""}
        return NextStep("Show the accounts", list_path(wanted))
    if about.kind == "nodes":
        return NextStep("Show the nodes", NODES)
    if about.kind == "outbox":
        return _OUTBOX.get(about.id)
    return _OPERATIONS.get(about.kind)
