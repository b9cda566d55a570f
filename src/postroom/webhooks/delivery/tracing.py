"""The spans of a delivery: its wait, and each request to the receiver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from postroom.footprint.dataclass import replace
from postroom.traces import context, span
from postroom.webhooks.endpoints.targets import WebhookRequest
from postroom.webhooks.model import Delivery
from postroom.webhooks.retry import Answer

__all__ = ["traced_post", "with_trace"]

_ROUTED_WITHIN_MS: Final = 3_600_000
"""A delivery that was queued later than this after its event is a replay: it did not wait all that time."""


async def traced_post(delivery: Delivery, post: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return the answer of `post`, inside the trace of the event. The first attempt shows the wait before it, too."""
    facts = {"account": delivery.account, "event_id": delivery.event_id, "endpoint": delivery.endpoint}
    if not delivery.attempts:
        with span("webhook.wait", facts, parent=delivery.trace, began=_began(delivery)):
            pass
    with span("webhook.post", facts, kind="client", parent=delivery.trace) as traced:
        answer = await post()
        if answer.status is not None:
            traced.note({"http.response.status_code": answer.status})
        if answer.status is None or not 200 <= answer.status < 300:
            traced.failed(answer.code or f"HTTP{answer.status}")
        return answer


def _began(delivery: Delivery) -> int:
    """Return when the wait began: with the event, or with the row of a delivery that replays an old one."""
    is_of_old = delivery.created_at - delivery.event_at > _ROUTED_WITHIN_MS
    return delivery.created_at if is_of_old else min(delivery.event_at, delivery.created_at)


def with_trace(request: WebhookRequest) -> WebhookRequest:
    """Return a request that tells the receiver which trace it belongs to (W3C Trace Context), if there is one.

    A header that the operator has given by that name stays.
    """
    trace = context()
    if not trace or any(name.lower() == "traceparent" for name in request.headers):
        return request
    return replace(request, headers={**request.headers, "traceparent": trace})
