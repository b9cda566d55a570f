"""Handlers for the commands to an account: reconnect, disconnect, sync, flush."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.requests import commands as command_req


async def reconnect(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/reconnect"""
    body: command_req.Reconnect = call.body
    return await _carry_out(api, call, "reconnect", body.get("reconnect", True), api.accounts.reconnect)


async def disconnect(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/disconnect"""
    body: command_req.Disconnect = call.body
    return await _carry_out(api, call, "disconnect", body.get("disconnect", True), api.accounts.disconnect)


async def sync(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/sync"""
    body: command_req.Sync = call.body
    return await _carry_out(api, call, "sync", body.get("sync", True), api.accounts.request_sync)


async def flush(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}/flush"""
    body: command_req.Flush = call.body
    # A flush discards what is stored of the mailbox, so it needs an explicit `true`.
    wanted = body.get("flush", False)
    flush_it = partial(api.accounts.flush, notify_from=body.get("notifyFrom"), indexer=body.get("imapIndexer"))
    return await _carry_out(api, call, "flush", wanted, flush_it)


async def _carry_out(
    api: Api, call: Call, name: str, wanted: bool, command: Callable[[str], Awaitable[None]]
) -> Response:
    """Carry out a command if it is wanted, and say so. Without it the answer still needs an account that exists."""
    if wanted:
        await command(call.account)
    else:
        await api.accounts.get(call.account)
    return answer({"success": True, name: wanted, "account": call.account})
