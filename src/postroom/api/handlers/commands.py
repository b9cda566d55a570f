"""Handlers for the commands to an account: reconnect, disconnect, sync, flush."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.requests import commands as command_req


async def reconnect(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/reconnect"""
    body: command_req.Reconnect = call.body
    wanted = bool(body.get("reconnect", True))
    if wanted:
        await api.accounts.reconnect(call.account)
    else:
        await api.accounts.get(call.account)
    return _done(call, "reconnect", wanted)


async def disconnect(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/disconnect"""
    body: command_req.Disconnect = call.body
    wanted = bool(body.get("disconnect", True))
    if wanted:
        await api.accounts.disconnect(call.account)
    else:
        await api.accounts.get(call.account)
    return _done(call, "disconnect", wanted)


async def sync(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/sync"""
    body: command_req.Sync = call.body
    wanted = bool(body.get("sync", True))
    if wanted:
        await api.accounts.request_sync(call.account)
    else:
        await api.accounts.get(call.account)
    return _done(call, "sync", wanted)


async def flush(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/flush"""
    body: command_req.Flush = call.body
    # A flush discards what is stored of the mailbox, so it needs an explicit `true`.
    wanted = bool(body.get("flush", False))
    if wanted:
        notify_from, indexer = body.get("notifyFrom"), body.get("imapIndexer")
        await api.accounts.flush(call.account, notify_from=notify_from, indexer=indexer)
    else:
        await api.accounts.get(call.account)
    return _done(call, "flush", wanted)


def _done(call: Call, name: str, wanted: bool) -> Response:
    return answer({"success": True, name: wanted, "account": call.account})
