"""What a visitor wants to see of the outbox: read from a link, and written into links. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.submission.model import MessageState
from postroom.submission.outbox.model import OutboxFilter
from postroom.web.dashboard.outbox.paths import outbox_path
from postroom.web.received import page_in

__all__ = ["PAGE_SIZE", "VIEWS", "OutboxView", "OutboxWish", "read_outbox_wish"]

PAGE_SIZE: Final = 50
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class OutboxView:
    """A choice of messages: its name in links, its words, and which messages it holds."""

    name: str
    words: str
    states: tuple[MessageState, ...] = ()
    was_tried: bool | None = None


VIEWS: Final = (
    OutboxView("", "All"),
    OutboxView("queued", "Queued", (MessageState.QUEUED,), was_tried=False),
    OutboxView("sending", "Sending", (MessageState.SENDING,)),
    OutboxView("retrying", "Waiting for retry", (MessageState.QUEUED,), was_tried=True),
    OutboxView("unknown", "Unknown", (MessageState.UNKNOWN,)),
    OutboxView("failed", "Failed", (MessageState.FAILED,)),
    OutboxView("sent", "Sent", (MessageState.SENT,)),
    OutboxView("cancelled", "Cancelled", (MessageState.CANCELLED,)),
)
_BY_NAME: Final = {view.name: view for view in VIEWS}


@dataclass(frozen=True, slots=True)
class OutboxWish:
    """The view, the account whose messages are shown (empty: all), and the page."""

    view: OutboxView = VIEWS[0]
    account: str = ""
    page: int = 0

    @property
    def is_narrow(self) -> bool:
        """Whether any filter is set."""
        return bool(self.view.name or self.account)

    def query(self) -> OutboxFilter:
        """Return the question for the database."""
        return OutboxFilter(
            account=self.account or None,
            states=self.view.states,
            was_tried=self.view.was_tried,
            page=self.page,
            page_size=PAGE_SIZE,
        )

    @property
    def path(self) -> str:
        """The path of this list."""
        page = str(self.page + 1) if self.page else ""
        return outbox_path({"state": self.view.name, "account": self.account, "page": page})

    def at(self, page: int) -> str:
        """Return the path of another page of this list."""
        return replace(self, page=page).path

    def of(self, view: OutboxView) -> str:
        """Return the path of the list with another view."""
        return replace(self, view=view, page=0).path


def read_outbox_wish(sent: Mapping[str, str]) -> OutboxWish:
    """Return what a link asks for. Values that mean nothing are left out."""
    return OutboxWish(
        _BY_NAME.get(sent.get("state", ""), VIEWS[0]),
        sent.get("account", "").strip()[:_LONGEST],
        page_in(sent.get("page", "")),
    )
