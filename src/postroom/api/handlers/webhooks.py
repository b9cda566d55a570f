"""Handlers for webhook endpoints, their secrets and deliveries, replays and test events."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.api.pipeline.rules import target_problems
from postroom.clock import from_iso
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests import webhooks as hook_req
from postroom.schemas.showing import webhooks as showing
from postroom.schemas.showing.pages import page
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.history.history_store import DeliveryQuery, Replay
from postroom.webhooks.model import DeliveryNotFound, SendingState
from postroom.webhooks.service import OVERLAP

_LONGEST_NUMBER = 18


async def create(api: Api, call: Call) -> Response:
    """POST /v1/webhooks"""
    view = await api.webhooks.create(EndpointChange.read(call.body))
    assert view.config is not None
    # The answer needs no second read, so it succeeds even if the database has just become unavailable.
    return answer({**showing.endpoint(view), "secret": view.config.secret})


async def list_endpoints(api: Api, call: Call) -> Response:
    """GET /v1/webhooks"""
    return answer({"webhooks": [showing.endpoint(view) for view in await api.webhooks.list_all()]})


async def get_endpoint(api: Api, call: Call) -> Response:
    """GET /v1/webhooks/{id}"""
    view = await api.webhooks.get(call.path["id"])
    return answer(
        {**showing.endpoint(view), "deliveries": {state.value: view.counts.get(state, 0) for state in SendingState}}
    )


async def change(api: Api, call: Call) -> Response:
    """PUT /v1/webhooks/{id}"""
    id_ = call.path["id"]
    wrong = target_problems(id_, call.body)
    if wrong:
        raise InvalidRequest([FaultyField(*problem) for problem in wrong])
    view = await api.webhooks.update(id_, EndpointChange.read(call.body))
    return answer(showing.endpoint(view) | ({"secret": view.new_secret} if view.new_secret else {}))


async def remove(api: Api, call: Call) -> Response:
    """DELETE /v1/webhooks/{id}"""
    await api.webhooks.remove(call.path["id"])
    return answer({"success": True, "id": call.path["id"], "deleted": True})


async def rotate(api: Api, call: Call) -> Response:
    """POST /v1/webhooks/{id}/rotate"""
    body: hook_req.Rotation = call.body
    id_, overlap = call.path["id"], body.get("overlap", int(OVERLAP))
    secret = await api.webhooks.rotate_secret(id_, secret=body.get("secret"), overlap=overlap)
    return answer({"id": id_, "secret": secret, "overlap": overlap})


async def try_endpoint(api: Api, call: Call) -> Response:
    """POST /v1/webhooks/{id}/test"""
    trial = await api.webhooks.test(call.path["id"])
    return answer(
        {
            "success": trial.delivered,
            "status": trial.status,
            "code": trial.code,
            "message": trial.message,
            "eventId": trial.event_id,
        }
    )


async def list_deliveries(api: Api, call: Call) -> Response:
    """GET /v1/webhooks/{id}/deliveries"""
    query = call.query
    state = SendingState(query.state) if query.state else None
    wanted = DeliveryQuery(state, query.account or None, query.event or None, query.page, query.page_size)
    found = await api.deliveries.page(call.path["id"], wanted)
    head = page(found.total, found.page, found.page_size)
    return answer({**head, "deliveries": [showing.delivery(view) for view in found.items]})


async def replay_delivery(api: Api, call: Call) -> Response:
    """POST /v1/webhooks/{id}/deliveries/{delivery}/replay"""
    number = call.path["delivery"]
    if not (number.isascii() and number.isdecimal()) or len(number) > _LONGEST_NUMBER:
        raise DeliveryNotFound
    await api.deliveries.replay(call.path["id"], int(number))
    return answer({"success": True, "delivery": int(number), "queued": True})


async def replay(api: Api, call: Call) -> Response:
    """POST /v1/webhooks/{id}/replay"""
    body: hook_req.Replay = call.body
    since, types = body["since"], tuple(body.get("types", ()))
    assert since is not None
    wanted = Replay(call.path["id"], from_iso(since), body.get("account"), types, body.get("after", 0))
    done = await api.deliveries.replay_since(wanted)
    return answer({"success": done.complete, "queued": done.queued, "complete": done.complete, "after": done.after})
