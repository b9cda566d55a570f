"""The routes of webhook endpoints and deliveries."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import webhooks
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_REMOVE, HOOK_READ, HOOK_WRITE
from postroom.schemas.answers import webhooks as hook_ans
from postroom.schemas.examples import webhooks as hook_ex
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import webhooks as hook_req

_W: Final = "/v1/webhooks/{id}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("createWebhook", "POST", "/v1/webhooks", webhooks.create, ADMIN, "Create webhook endpoint", "Webhooks",
          hook_ans.MadeEndpoint, hook_ex.MADE_ENDPOINT, body=hook_req.NewEndpoint, body_example=hook_ex.NEW_ENDPOINT),
    Route("listWebhooks", "GET", "/v1/webhooks", webhooks.list_endpoints, HOOK_READ,
          "List webhook endpoints", "Webhooks",
          hook_ans.Endpoints, hook_ex.ENDPOINTS),
    Route("getWebhook", "GET", _W, webhooks.get_endpoint, HOOK_READ, "Get webhook endpoint", "Webhooks",
          hook_ans.EndpointDetails, hook_ex.ENDPOINT_DETAILS),
    Route("updateWebhook", "PUT", _W, webhooks.change, ADMIN, "Change webhook endpoint", "Webhooks",
          hook_ans.Endpoint, hook_ex.ENDPOINT, body=hook_req.EndpointChange, body_example=hook_ex.ENDPOINT_CHANGE),
    Route("deleteWebhook", "DELETE", _W, webhooks.remove, ADMIN_REMOVE, "Remove webhook endpoint", "Webhooks",
          hook_ans.RemovedEndpoint, hook_ex.REMOVED_ENDPOINT),
    Route("rotateWebhookSecret", "POST", f"{_W}/rotate", webhooks.rotate, ADMIN, "Replace webhook secret", "Webhooks",
          hook_ans.Rotated, hook_ex.ROTATED, body=hook_req.Rotation, body_example=hook_ex.ROTATION, body_optional=True),
    Route("testWebhook", "POST", f"{_W}/test", webhooks.try_endpoint, HOOK_WRITE, "Send test event", "Webhooks",
          hook_ans.Trial, hook_ex.TRIAL, body=query_req.Nothing, body_example={}, body_optional=True),
    Route("listDeliveries", "GET", f"{_W}/deliveries", webhooks.list_deliveries, HOOK_READ,
          "List deliveries", "Webhooks",
          hook_ans.Deliveries, hook_ex.DELIVERIES, hook_req.DeliveriesQuery),
    Route("replayDelivery", "POST", f"{_W}/deliveries/{{delivery}}/replay", webhooks.replay_delivery, HOOK_WRITE,
          "Send delivery again",
          "Webhooks", hook_ans.ReplayedDelivery, hook_ex.REPLAYED_DELIVERY, body=query_req.Nothing, body_example={},
          body_optional=True),
    Route("replayEvents", "POST", f"{_W}/replay", webhooks.replay, HOOK_WRITE, "Send events again", "Webhooks",
          hook_ans.Replayed, hook_ex.REPLAYED, body=hook_req.Replay, body_example=hook_ex.REPLAY),
)
# fmt: on
