"""The buttons of the outbox: take back, try again, decide an unknown outcome, pause and resume all sending."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.submission.bodies import BodyGone
from postroom.submission.model import MessageState
from postroom.submission.outbox.model import CannotCancel, CannotResolve, CannotRetry
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.outbox.paths import ITEM, OUTBOX, PAUSE, item_path
from postroom.web.dashboard.rendering import moved

__all__ = ["PAGES"]

_NOTHING: Final = "Nothing was decided: choose whether the message was delivered, or is to be sent again."


async def cancel(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/outbox/{id}/cancel"""
    here = item_path(visit.path["id"])
    try:
        item = await desk.outbox.cancel(visit.path["id"])
    except CannotCancel as error:
        return moved(here, error.message, tone="wait")
    if item.state is MessageState.SENT:
        return moved(here, "The message was taken back. Some recipients had it already; the others do not get it.")
    return moved(here, "The message was taken back. Nobody gets it.")


async def retry(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/outbox/{id}/retry"""
    here = item_path(visit.path["id"])
    try:
        await desk.outbox.retry(visit.path["id"])
    except (CannotRetry, BodyGone) as error:
        return moved(here, error.message, tone="wait")
    return moved(here, "The message is tried again at once.")


async def resolve(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/outbox/{id}/resolve"""
    here, wanted = item_path(visit.path["id"]), visit.form.get("as", "")
    if wanted not in ("sent", "retry"):
        await desk.outbox.item(visit.path["id"])
        return moved(here, _NOTHING, tone="wait")
    try:
        await desk.outbox.resolve(visit.path["id"], "sent" if wanted == "sent" else "retry")
    except (CannotResolve, CannotRetry, BodyGone) as error:
        return moved(here, error.message, tone="wait")
    return moved(here, "It counts as delivered." if wanted == "sent" else "The message is sent again.")


async def pause(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/outbox/pause"""
    is_paused = visit.form.get("paused") == "1"
    await desk.outbox.pause_all(is_paused=is_paused)
    return moved(OUTBOX, "All sending is paused." if is_paused else "Messages are sent again.")


PAGES: Final = (
    DeskPage("POST", PAUSE, pause),
    DeskPage("POST", f"{ITEM}/cancel", cancel),
    DeskPage("POST", f"{ITEM}/retry", retry),
    DeskPage("POST", f"{ITEM}/resolve", resolve),
)
