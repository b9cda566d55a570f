"""Handlers for API tokens."""

from __future__ import annotations

from starlette.responses import Response

from postroom.access.issuing import WantedToken, check_may_issue, check_may_remove
from postroom.access.service import NewToken
from postroom.access.tokens import RateLimit
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import from_iso
from postroom.schemas.requests import tokens as token_req
from postroom.schemas.showing import tokens as showing
from postroom.schemas.showing.pages import page


async def issue(api: Api, call: Call) -> Response:
    """POST /v1/tokens"""
    body: token_req.NewToken = call.body
    expires = body.get("expires")
    limits: token_req.Restrictions = body.get("restrictions") or {}
    wanted = WantedToken(
        tuple(body.get("scopes", ("api",))),
        body.get("account"),
        tuple(limits.get("addresses") or ()),
        _permissions(body.get("permissions")),
        from_iso(expires) if expires else None,
        tuple(limits.get("referrers") or ()),
        _rate_limit(limits.get("rateLimit")),
    )
    check_may_issue(call.caller, wanted)
    new = NewToken(
        body["description"],
        wanted.scopes,
        wanted.account,
        body.get("metadata"),
        wanted.addresses,
        wanted.permissions,
        wanted.expires_at,
        body.get("ip") or call.address,
        wanted.referrers,
        wanted.rate_limit,
    )
    issued = await api.tokens.issue(new)
    return answer({"token": issued.secret, "id": issued.id})


def _rate_limit(sent: token_req.RateLimit | None) -> RateLimit | None:
    return RateLimit(sent["maxRequests"], sent["timeWindow"]) if sent else None


def _permissions(sent: token_req.Permissions | None) -> dict[str, list[str]] | None:
    if sent is None:
        return None
    permissions: dict[str, list[str]] = {}
    if "actions" in sent:
        permissions["actions"] = sent["actions"]
    if "groups" in sent:
        permissions["groups"] = sent["groups"]
    return permissions


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
