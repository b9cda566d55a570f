"""Handlers for API tokens."""

from __future__ import annotations

from starlette.responses import Response

from postroom.access.issuing import check_may_issue, check_may_remove
from postroom.access.service import NewToken
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.requests import tokens as token_req
from postroom.schemas.showing import tokens as showing
from postroom.schemas.showing.pages import page


async def issue(api: Api, call: Call) -> Response:
    """POST /v1/tokens"""
    body: token_req.NewToken = call.body
    wanted = token_req.wanted(body)
    check_may_issue(call.caller, wanted)
    new = NewToken.of(body["description"], wanted, body.get("metadata"), body.get("ip") or call.address)
    issued = await api.tokens.issue(new)
    return answer({"token": issued.secret, "id": issued.id})


async def list_tokens(api: Api, call: Call) -> Response:
    """GET /v1/tokens"""
    query = call.query
    return await _page(api, query.account or None, query.query or None, query.page, query.page_size)


async def list_account_tokens(api: Api, call: Call) -> Response:
    """GET /v1/tokens/account/{account}"""
    return await _page(api, call.account, None, call.query.page, call.query.page_size)


async def _page(api: Api, account: str | None, text: str | None, number: int, size: int) -> Response:
    total, found = await api.tokens.list_page(account, text, number, size)
    return answer({**page(total, number, size), "tokens": [showing.token(token) for token in found]})


async def get_token(api: Api, call: Call) -> Response:
    """GET /v1/tokens/{id}"""
    return answer(showing.token(await api.tokens.get(call.path["id"])))


async def remove_token(api: Api, call: Call) -> Response:
    """DELETE /v1/tokens/{id}"""
    return await _remove(api, call, call.path["id"])


async def remove_by_secret(api: Api, call: Call) -> Response:
    """DELETE /v1/token/{token}"""
    return await _remove(api, call, call.path["token"])


async def _remove(api: Api, call: Call, named: str) -> Response:
    found = await api.tokens.named(named)
    check_may_remove(call.caller, found)
    await api.tokens.remove(found.id)
    return answer({"success": True, "id": found.id, "deleted": True})
