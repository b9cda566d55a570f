"""Which deliveries of an endpoint a visitor wants to see: read from a link, and written into links. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.http.paths import path_for
from postroom.web.dashboard.webhooks.paths import endpoint_path
from postroom.web.received import page_in
from postroom.webhooks.model import SendingState

__all__ = ["PAGE_SIZE", "DeliveryWish", "read_wish"]

PAGE_SIZE: Final = 25
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class DeliveryWish:
    """The endpoint, the filters by result and type of event, and the page."""

    endpoint: str
    state: SendingState | None = None
    event: str = ""
    page: int = 0

    @property
    def path(self) -> str:
        """The path of this list."""
        page = str(self.page + 1) if self.page else ""
        wanted = {"state": self.state.value if self.state else "", "event": self.event, "page": page}
        return path_for(endpoint_path(self.endpoint), wanted)

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return self.state is not None or bool(self.event)

    def at(self, page: int) -> str:
        """Return the path of another page of this list."""
        return replace(self, page=page).path


def read_wish(endpoint: str, sent: Mapping[str, str]) -> DeliveryWish:
    """Return what a link asks for. Values that mean nothing are left out."""
    state = sent.get("state", "")
    return DeliveryWish(
        endpoint,
        SendingState(state) if state in SendingState._value2member_map_ else None,
        sent.get("event", "").strip()[:_LONGEST],
        page_in(sent.get("page", "")),
    )
