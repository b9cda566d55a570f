"""What became of an event at each endpoint, as lines of a page: a tone, a word, and where it leads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.webhooks.paths import delivery_path, endpoint_path, event_path
from postroom.web.dashboard.webhooks.standing import name_of
from postroom.web.design.tones import Tone
from postroom.webhooks.fates.verdict import FateKind, FateVerdict
from postroom.webhooks.views import EndpointView

__all__ = ["TONES", "FateLine", "fate_line"]

TONES: Final[Mapping[FateKind, tuple[Tone, str]]] = {
    FateKind.DELIVERED: ("ok", "Delivered"),
    FateKind.WAITING: ("busy", "On its way"),
    FateKind.BEHIND: ("wait", "Waits its turn"),
    FateKind.RETRYING: ("wait", "Tried again"),
    FateKind.PAUSED: ("wait", "Endpoint pauses"),
    FateKind.GIVEN_UP: ("bad", "Given up"),
    FateKind.DROPPED: ("idle", "Dropped"),
    FateKind.REPLAYED: ("idle", "Replayed"),
    FateKind.OFF: ("idle", "Switched off"),
    FateKind.UNWANTED: ("idle", "Not wanted"),
    FateKind.TOO_NEW: ("idle", "Too new"),
    FateKind.CHANGED: ("idle", "Not sent"),
}
"""How a fate looks, and the word of its badge."""


@dataclass(frozen=True, slots=True)
class FateLine:
    """One fate with the paths of its endpoint, its delivery, and the event that it waits behind (empty: none)."""

    fate: FateVerdict
    tone: Tone
    word: str
    name: str
    url: str
    endpoint: str
    delivery: str
    behind: str


def fate_line(endpoint: EndpointView, fate: FateVerdict) -> FateLine:
    """Return the line of a fate."""
    tone, word = TONES[fate.kind]
    return FateLine(
        fate,
        tone,
        word,
        name_of(endpoint),
        endpoint.url or "",
        endpoint_path(endpoint.id),
        delivery_path(fate.delivery) if fate.delivery is not None else "",
        event_path(fate.behind) if fate.behind is not None else "",
    )
