"""One message of the outbox: its recipients, what happened to it, and what can be done."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.submission.model import MessageState
from postroom.submission.outbox.model import OutboxItem
from postroom.web.dashboard import live
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.mail.lines import size_words
from postroom.web.dashboard.outbox.attempts import attempt_lines
from postroom.web.dashboard.outbox.paths import ITEM, OUTBOX, item_path
from postroom.web.dashboard.outbox.standing import can_be_retried, standing_of
from postroom.web.dashboard.rendering import page, part
from postroom.words.strangers import take_in

__all__ = ["PAGES"]

_SOON: Final = 60_000
_OFTEN: Final = 2
_SELDOM: Final = 15
_UNDER_WAY: Final = frozenset({MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN})


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/outbox/{id}"""
    item = await desk.outbox.item(visit.path["id"])
    values = await _of_item(desk, item)
    if visit.wants_part:
        return part("outbox_item_now.html", visit, values)
    return page("outbox_item.html", visit, values)


async def _of_item(desk: Desk, item: OutboxItem) -> dict[str, object]:
    search = await desk.outbox.search_of(item.queue_id) if item.state is MessageState.UNKNOWN else None
    commands = ("cancel", "retry", "resolve")
    return {
        "item": item,
        "subject": take_in(item.subject) or "(no subject)",
        "size": size_words(item.size),
        "standing": standing_of(item, search),
        "search": search,
        "lines": attempt_lines(await desk.events.of_message(item.account, item.queue_id, item.created)),
        "can_cancel": item.state is MessageState.QUEUED,
        "can_retry": can_be_retried(item),
        "is_unknown": item.state is MessageState.UNKNOWN,
        "is_under_way": item.state in _UNDER_WAY,
        "pace": _pace(item, desk.clock()),
        "stream": live.url(f"events:{item.account}"),
        "paths": {
            "list": OUTBOX,
            "here": item_path(item.queue_id),
            "account": account_path(item.account),
            **{command: item_path(item.queue_id, command) for command in commands},
        },
    }


def _pace(item: OutboxItem, now: int) -> int:
    """Return the seconds after which the page looks again, 0 for never. Steps without an event are seen by looking."""
    if item.state not in _UNDER_WAY:
        return 0
    is_soon = item.next_attempt is not None and item.next_attempt - now < _SOON
    return _OFTEN if item.state is MessageState.SENDING or is_soon else _SELDOM


PAGES: Final = (DeskPage("GET", ITEM, show),)
