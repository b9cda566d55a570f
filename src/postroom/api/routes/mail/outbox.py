"""The routes of submitted messages and of pauses of sending."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import outbox
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, OUTBOX_READ, OUTBOX_REMOVE, OUTBOX_SEND, OUTBOX_WRITE
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests.mail import outbox as outbox_req

_ITEM: Final = "/v1/outbox/{queueId}"
_QUEUE: Final = "/v1/settings/queue/submit"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listOutbox", "GET", "/v1/outbox", outbox.list_items, OUTBOX_READ, "List submitted messages", "Sending",
          outbox_req.OutboxQuery, account_query="account", account_implied=True),
    Route("getOutboxItem", "GET", _ITEM, outbox.get_item, OUTBOX_READ, "Get submitted message", "Sending",
          outbox_req.ItemQuery, account_query="account", account_implied=True),
    Route("cancelOutboxItem", "DELETE", _ITEM, outbox.cancel_item, OUTBOX_REMOVE, "Cancel submitted message", "Sending",
          outbox_req.ItemQuery, account_query="account", account_implied=True, errors=(409,)),
    Route("retryOutboxItem", "POST", f"{_ITEM}/retry", outbox.retry_item, OUTBOX_SEND, "Try message again", "Sending",
          outbox_req.ItemQuery, body=query_req.Nothing, body_optional=True, account_query="account",
          account_implied=True, errors=(409, 410)),
    Route("resolveOutboxItem", "POST", f"{_ITEM}/resolve", outbox.resolve_item, OUTBOX_SEND, "Decide unknown outcome",
          "Sending", outbox_req.ItemQuery, body=outbox_req.Resolution, account_query="account", account_implied=True,
          errors=(409, 410)),
    Route("pauseSending", "PUT", "/v1/account/{account}/sending", outbox.pause_account, OUTBOX_WRITE,
          "Pause or resume sending of an account", "Sending", body=outbox_req.Pause),
    Route("getSubmitQueue", "GET", _QUEUE, outbox.get_queue, ADMIN_READ, "Get queue of messages to send", "Sending"),
    Route("pauseSubmitQueue", "PUT", _QUEUE, outbox.pause_queue, ADMIN, "Pause or resume all sending", "Sending",
          body=outbox_req.Pause),
)
# fmt: on
