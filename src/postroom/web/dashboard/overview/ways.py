"""Where a person goes to do what is needed: a page of the dashboard, or the operation of the API that does it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from postroom.attention.need import About
from postroom.web.dashboard.accounts.paths import account_path, list_path
from postroom.web.dashboard.accounts.provider_choice import provider_name

__all__ = ["NODES", "Way", "way_to"]

NODES: Final = "/dashboard/nodes"
_REFERENCE: Final = "/docs#{}"


@dataclass(frozen=True, slots=True)
class Way:
    """A link: its text and its path."""

    text: str
    path: str


_OPERATIONS: Final[Mapping[str, Way]] = {
    "webhooks": Way("Webhooks in the API", _REFERENCE.format("getWebhook")),
    "deliveries": Way("Replay through the API", _REFERENCE.format("replayDelivery")),
    "oauth2": Way("Check through the API", _REFERENCE.format("verifyOauthApp")),
    "settings": Way("Settings in the API", _REFERENCE.format("changeSettings")),
}
_OUTBOX: Final[Mapping[str | None, Way]] = {
    "unknown": Way("Resolve through the API", _REFERENCE.format("resolveOutboxItem")),
    "queued": Way("Outbox in the API", _REFERENCE.format("listOutbox")),
    None: Way("Resume through the API", _REFERENCE.format("pauseSubmitQueue")),
}


def way_to(about: About) -> Way | None:
    """Return the way to what a need is about; None where only the operator of the machine can act."""
    if about.kind == "account" and about.id is not None:
        return Way("Show the account", account_path(about.id))
    if about.kind == "accounts":
        # A list shows one provider. Where a need is about several, it shows those of all providers.
        names = {provider_name(place) for place in about.places}
        provider = names.pop() if len(names) == 1 else ""
        return Way("Show the accounts", list_path({"state": about.state or "", "provider": provider}))
    if about.kind == "nodes":
        return Way("Show the nodes", NODES)
    if about.kind == "outbox":
        return _OUTBOX.get(about.id)
    return _OPERATIONS.get(about.kind)
