"""The routes of webhook endpoints and deliveries."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import webhooks
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_REMOVE, HOOK_READ, HOOK_WRITE
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import webhooks as hook_req

_W: Final = "/v1/webhooks/{id}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("createWebhook", "POST", "/v1/webhooks", webhooks.create, ADMIN, "Create webhook endpoint", "Webhooks",
          body=hook_req.NewEndpoint),
    Route("listWebhooks", "GET", "/v1/webhooks", webhooks.list_endpoints, HOOK_READ, "List webhook endpoints",
          "Webhooks"),
    Route("getWebhook", "GET", _W, webhooks.get_endpoint, HOOK_READ, "Get webhook endpoint", "Webhooks"),
    Route("updateWebhook", "PUT", _W, webhooks.change, ADMIN, "Change webhook endpoint", "Webhooks",
          body=hook_req.EndpointChange),
    Route("deleteWebhook", "DELETE", _W, webhooks.remove, ADMIN_REMOVE, "Remove webhook endpoint", "Webhooks"),
    Route("rotateWebhookSecret", "POST", f"{_W}/rotate", webhooks.rotate, ADMIN, "Replace webhook secret", "Webhooks",
          body=hook_req.Rotation, body_optional=True),
    Route("testWebhook", "POST", f"{_W}/test", webhooks.try_endpoint, HOOK_WRITE, "Send test event", "Webhooks",
          body=query_req.Nothing, body_optional=True),
    Route("listDeliveries", "GET", f"{_W}/deliveries", webhooks.list_deliveries, HOOK_READ, "List deliveries",
          "Webhooks", hook_req.DeliveriesQuery),
    Route("replayDelivery", "POST", f"{_W}/deliveries/{{delivery}}/replay", webhooks.replay_delivery, HOOK_WRITE,
          "Send delivery again", "Webhooks", body=query_req.Nothing, body_optional=True),
    Route("replayEvents", "POST", f"{_W}/replay", webhooks.replay, HOOK_WRITE, "Send events again", "Webhooks",
          body=hook_req.Replay),
)
# fmt: on
