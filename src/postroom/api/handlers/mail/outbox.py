"""Handlers for submitted messages: list, read, cancel, try again, decide; and for pauses of sending."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import from_iso
from postroom.errors import StorageFailed
from postroom.schemas.requests.mail.outbox import Pause, Resolution
from postroom.schemas.showing import outbox as showing
from postroom.schemas.showing.pages import page
from postroom.submission.accepting.envelopes import routed
from postroom.submission.model import MessageState
from postroom.submission.outbox.model import OutboxFilter


async def list_items(api: Api, call: Call) -> Response:
    """GET /v1/outbox"""
    query = call.query
    wanted = OutboxFilter(
        account=_account(call),
        states=(MessageState(query.state),) if query.state else (),
        # Recipients are stored as they are sent to, with their domains in ASCII.
        recipient=routed(query.recipient) if query.recipient else None,
        since=from_iso(query.since) if query.since else None,
        before=from_iso(query.until) if query.until else None,
        page=query.page,
        page_size=query.page_size,
    )
    found = await api.outbox.list_items(wanted)
    head = page(found.total, found.page, found.page_size)
    return answer({**head, "messages": [showing.item(each) for each in found.items]})


async def get_item(api: Api, call: Call) -> Response:
    """GET /v1/outbox/{queueId}"""
    return answer(showing.item(await api.outbox.item(call.path["queueId"], account=_account(call))))


async def cancel_item(api: Api, call: Call) -> Response:
    """DELETE /v1/outbox/{queueId}"""
    await api.outbox.cancel(call.path["queueId"], account=_account(call))
    return answer({"deleted": True})


async def retry_item(api: Api, call: Call) -> Response:
    """POST /v1/outbox/{queueId}/retry"""
    return answer(showing.item(await api.outbox.retry(call.path["queueId"], account=_account(call))))


async def resolve_item(api: Api, call: Call) -> Response:
    """POST /v1/outbox/{queueId}/resolve"""
    body: Resolution = call.body
    found = await api.outbox.resolve(call.path["queueId"], body["as"], account=_account(call))
    return answer(showing.item(found))


async def pause_account(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/sending"""
    body: Pause = call.body
    await api.outbox.pause(call.account, is_paused=body["paused"])
    return answer({"account": call.account, "paused": body["paused"]})


async def get_queue(api: Api, call: Call) -> Response:
    """GET /v1/settings/queue/submit"""
    is_paused = (await api.runtime.get()).sending_paused
    return answer(showing.queue(await api.outbox.counts(), is_paused=is_paused))


async def pause_queue(api: Api, call: Call) -> Response:
    """PUT /v1/settings/queue/submit"""
    body: Pause = call.body
    is_paused = body["paused"]
    await api.outbox.pause_all(is_paused=is_paused)
    counts = None
    # The pause is stored. A database that goes away now does not turn the answer into an error.
    with suppress(StorageFailed):
        counts = await api.outbox.counts()
    return answer(showing.queue(counts, is_paused=is_paused))


def _account(call: Call) -> str | None:
    """Return the one account whose messages the caller may see or asks for; None for all."""
    return call.caller.account or call.query.account or None
