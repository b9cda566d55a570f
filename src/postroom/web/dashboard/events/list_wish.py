"""Which events a visitor wants to see: read from a link, and written into links. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from postroom.events.model import WantedEvents
from postroom.footprint.dataclass import dataclass
from postroom.http.paths import path_for
from postroom.web.dashboard.webhooks.paths import EVENTS
from postroom.web.received import number_in

__all__ = ["LARGEST", "PAGE_SIZE", "EventWish", "read_wish"]

PAGE_SIZE: Final = 50
LARGEST: Final = 2**63 - 1
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class EventWish:
    """The filters. Only events with a number below `before` are shown; None shows the newest."""

    account: str = ""
    type: str = ""
    before: int | None = None

    @property
    def path(self) -> str:
        """The path of this list."""
        before = str(self.before) if self.before is not None else ""
        return path_for(EVENTS, {"account": self.account, "type": self.type, "before": before})

    @property
    def newest(self) -> EventWish:
        """The newest events with the same filters."""
        return replace(self, before=None)

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.account or self.type)

    def below(self, seq: int) -> str:
        """Return the path of the events below a number."""
        return replace(self, before=seq).path

    def wanted(self) -> WantedEvents:
        """Return the question for the log."""
        return WantedEvents(self.account or None, types=(self.type,) if self.type else ())


def read_wish(sent: Mapping[str, str]) -> EventWish:
    """Return what a link asks for. Values that mean nothing are left out."""
    return EventWish(
        sent.get("account", "").strip()[:_LONGEST],
        sent.get("type", "").strip()[:_LONGEST],
        number_in(sent.get("before", ""), LARGEST),
    )
