"""Messages that were submitted, and pauses of sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from postroom.client.operations.filters import OutboxFilters, demand_known
from postroom.client.request import ApiRequest, QueryValue, Repeat, made, path
from postroom.client.walking import PageWalk

if TYPE_CHECKING:
    from postroom.schemas.answers.mail import outbox

_ITEM = "/v1/outbox/{}"
_QUEUE = "/v1/settings/queue/submit"


def page(*, page: int = 0, page_size: int = 20, **which: Unpack[OutboxFilters]) -> ApiRequest[outbox.OutboxPage]:
    """Return one page of the submitted messages, newest first.

    `account`, `state`, `recipient`, `since` and `until` filter.
    """
    filters = demand_known(which, OutboxFilters)
    query: dict[str, QueryValue] = {"page": page, "pageSize": page_size, **filters}
    return made("GET", "/v1/outbox", query=query)


def listed(*, page_size: int = 100, **which: Unpack[OutboxFilters]) -> PageWalk[outbox.OutboxItem]:
    """Go through the submitted messages that match, newest first. The filters are those of a page."""
    demand_known(which, OutboxFilters)
    return PageWalk(
        lambda number, size: page(page=number, page_size=size, **which),
        "messages",
        lambda found: found["queueId"],
        page_size=page_size,
    )


def get(queue_id: str, *, account: str | None = None) -> ApiRequest[outbox.OutboxItem]:
    """Return a submitted message and what became of it."""
    return made("GET", path(_ITEM, queue_id), query={"account": account})


def cancel(queue_id: str, *, account: str | None = None) -> ApiRequest[outbox.CancelledItem]:
    """Take back a message that is not sent yet."""
    # A second request would be refused because the message is cancelled.
    return made("DELETE", path(_ITEM, queue_id), query={"account": account}, repeat=Repeat.UNSTORED)


def retry(queue_id: str, *, account: str | None = None) -> ApiRequest[outbox.OutboxItem]:
    """Try a message again that failed, or now instead of later."""
    return made("POST", path(f"{_ITEM}/retry", queue_id), query={"account": account})


def resolve(
    queue_id: str, outcome: Literal["sent", "retry"], *, account: str | None = None
) -> ApiRequest[outbox.OutboxItem]:
    """Decide what to take an unknown outcome for: `sent`, or not sent and so to `retry`."""
    return made("POST", path(f"{_ITEM}/resolve", queue_id), query={"account": account}, body={"as": outcome})


def pause(account: str) -> ApiRequest[outbox.PausedSending]:
    """Keep back all messages of an account."""
    return made("PUT", path("/v1/account/{}/sending", account), body={"paused": True})


def resume(account: str) -> ApiRequest[outbox.PausedSending]:
    """Send the messages of an account again."""
    return made("PUT", path("/v1/account/{}/sending", account), body={"paused": False})


def queue() -> ApiRequest[outbox.Queue]:
    """Return how many messages wait, and why."""
    return made("GET", _QUEUE)


def pause_all() -> ApiRequest[outbox.Queue]:
    """Keep back the messages of all accounts."""
    return made("PUT", _QUEUE, body={"paused": True})


def resume_all() -> ApiRequest[outbox.Queue]:
    """Send messages again."""
    return made("PUT", _QUEUE, body={"paused": False})
