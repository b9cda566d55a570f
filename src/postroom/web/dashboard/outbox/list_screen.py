"""The outbox: messages that are queued, sent, failed or unknown, and what holds them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.submission.outbox.model import OutboxCounts, OutboxItem
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.outbox.paths import OUTBOX, PAUSE, item_path, outbox_path
from postroom.web.dashboard.outbox.standing import held_words, shown_state
from postroom.web.dashboard.outbox.wish import VIEWS, OutboxWish, read_outbox_wish
from postroom.web.dashboard.rendering import page, part
from postroom.words.strangers import take_in

__all__ = ["PAGES"]

_SHOWN_RECIPIENTS: Final = 2


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/outbox"""
    wish = read_outbox_wish(visit.request.query_params)
    found, counts = await desk.outbox.list_items(wish.query()), await desk.outbox.counts()
    values = {
        "wish": wish,
        "found": found,
        "rows": [_row(item) for item in found.items],
        "counts": counts,
        "tabs": _tabs(wish, counts),
        "is_paused": (await desk.runtime.get()).sending_paused,
        "paths": {
            "list": OUTBOX,
            "pause": PAUSE,
            "all": outbox_path(),
            "unknown": outbox_path({"state": "unknown"}),
        },
    }
    if visit.wants_part:
        return part("outbox_found.html", visit, values)
    return page("outbox.html", visit, values)


def _row(item: OutboxItem) -> dict[str, object]:
    tone, words = shown_state(item)
    shown = ", ".join(each.address for each in item.recipients[:_SHOWN_RECIPIENTS])
    more = len(item.recipients) - _SHOWN_RECIPIENTS
    return {
        "item": item,
        "href": item_path(item.queue_id),
        "account": account_path(item.account),
        "subject": take_in(item.subject, longest=300) or "(no subject)",
        "to": f"{shown} and {more} more" if more > 0 else shown,
        "tone": tone,
        "words": words,
        "held": held_words(item.hold),
    }


def _tabs(wish: OutboxWish, counts: OutboxCounts) -> list[tuple[str, str, int | None]]:
    """Return a tab for each view. Counts are of all accounts, so they are left out when one account is chosen."""
    known = {} if wish.account else {"sending": counts.active, "unknown": counts.unknown}
    return [(view.words, wish.of(view), known.get(view.name)) for view in VIEWS]


PAGES: Final = (DeskPage("GET", OUTBOX, show),)
