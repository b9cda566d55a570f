"""One delivery: its event, its request, every attempt with its answer, and the button that sends it again."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page, part
from postroom.web.dashboard.webhooks.fate_lines import fate_line
from postroom.web.dashboard.webhooks.paths import DELIVERIES, LIST, delivery_path, endpoint_path, event_path
from postroom.web.received import number_in
from postroom.webhooks.fates.service import LARGEST, DeliveryStory
from postroom.webhooks.model import DeliveryNotFound, NothingIsSent, SendingState

__all__ = ["PAGES"]

_SOON_MS: Final = 60_000
"""A delivery that is due within this time is looked at again and again."""


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/deliveries/{delivery}"""
    story = await desk.fates.of_delivery(_number(visit))
    values = _values(story, desk.clock())
    return part("delivery_now.html", visit, values) if visit.wants_part else page("delivery.html", visit, values)


def _values(story: DeliveryStory, now: int) -> dict[str, object]:
    delivery, fate = story.delivery, story.fate
    is_pending = delivery.state == SendingState.PENDING
    return {
        "delivery": delivery,
        "line": fate_line(story.endpoint, fate),
        "tries": story.tries,
        "earlier": delivery.attempts - len(story.tries),
        "event": story.event,
        "request": story.request,
        "url": story.endpoint.url,
        "is_pending": is_pending,
        "is_soon": is_pending and (fate.next_at or now) - now < _SOON_MS,
        "pace": "every 1s" if is_pending and (fate.next_at or now) - now < _SOON_MS else "every 15s",
        "paths": {
            "list": LIST,
            "here": delivery_path(delivery.id),
            "replay": delivery_path(delivery.id, "replay"),
            "endpoint": endpoint_path(delivery.endpoint),
            "event": event_path(delivery.event_seq),
            "account": account_path(delivery.account),
        },
    }


async def replay(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/deliveries/{delivery}/replay"""
    number = _number(visit)
    story = await desk.fates.of_delivery(number)
    try:
        await desk.deliveries.replay(story.delivery.endpoint, number)
    except NothingIsSent as error:
        return moved(delivery_path(number), error.message, tone="wait")
    except DeliveryNotFound:
        return moved(delivery_path(number), "Its event is no longer kept, so it cannot be sent again.", tone="wait")
    return moved(delivery_path(number), "It is sent again now. The outcome appears below.")


def _number(visit: DeskVisit) -> int:
    """Return the number of the delivery. Raises DeliveryNotFound."""
    number = number_in(visit.path["delivery"], LARGEST)
    if number is None:
        raise DeliveryNotFound
    return number


PAGES: Final = (
    DeskPage("GET", f"{DELIVERIES}/{{delivery}}", show),
    DeskPage("POST", f"{DELIVERIES}/{{delivery}}/replay", replay),
)
