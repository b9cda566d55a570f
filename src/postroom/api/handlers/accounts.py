"""Handlers for accounts: register, list, read, change, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.accounts.model import ListQuery
from postroom.accounts.rights.allowed import ADMINISTRATOR, Changer
from postroom.accounts.settings.shapes import Document
from postroom.api.pipeline.decode import if_match
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.requests import accounts as account_req
from postroom.schemas.showing import accounts as showing
from postroom.schemas.showing.pages import page

if TYPE_CHECKING:
    from postroom.schemas.answers import accounts as account_ans


async def register(api: Api, call: Call) -> Response:
    """POST /v1/account"""
    sent: account_req.NewAccount = call.body
    body: Document = {**sent}
    account: str | None = body.pop("account")
    if (body.get("oauth2") or {}).get("authorize"):
        link = await api.registrations.begin_consent(account, body, until=call.caller.expires_at)
        return answer({"redirect": link})
    upsert = call.query.upsert
    if upsert is None:
        upsert = (await api.runtime.get()).register_existing == "update"
    done = await api.registrations.register(account, body, verify=call.query.verify, upsert=upsert)
    return answer({"account": done.account, "state": done.state.value, "created": done.created})


def _changer(api: Api, call: Call) -> Changer:
    """Return who asks for a change, and what they may change."""
    if call.caller.account is None:
        return ADMINISTRATOR
    settings = api.settings
    listed = frozenset(settings.bound_token_fields)
    return Changer("a token of the account", True, listed, settings.sign_in_private_addresses)


async def list_accounts(api: Api, call: Call) -> Response:
    """GET /v1/accounts"""
    query = call.query
    wanted = ListQuery(
        query.page,
        query.page_size,
        query.state,
        query.query or None,
        query.metadata,
        health=query.health,
        provider=query.provider or None,
    )
    found = await api.accounts.list_page(wanted)
    return answer(
        {
            **page(found.total, found.page, found.page_size),
            "query": query.query or False,
            "state": query.state.value if query.state else "*",
            "accounts": [showing.list_item(item) for item in found.items],
        }
    )


async def get_account(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}"""
    view, sending = await api.lanes.with_account(call.account)
    shown = showing.account(view, sending, api.clock())
    if call.query.quota:
        shown["quota"] = await api.quotas.of(call.account, view.row)
    return answer(shown, headers={"etag": _etag(view.row.tag)})


async def change_account(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}"""
    done = await api.registrations.change(
        call.account,
        call.body,
        verify=call.query.verify,
        if_match=if_match(call.request),
        by=_changer(api, call),
    )
    body: account_ans.Changed = {"success": True, "account": done.account}
    if done.warnings:
        body["warnings"] = done.warnings
    return answer(body, headers={"etag": _etag(done.tag)})


async def remove_account(api: Api, call: Call) -> Response:
    """DELETE /v1/account/{account}"""
    revoke = call.query.revoke
    try:
        revoked = await api.registrations.remove(call.account, revoke=revoke)
    finally:
        api.tokens.forget_account(call.account)
    told = {"revoked": revoked} if revoke else {}
    return answer({"success": True, "account": call.account, "deleted": True, **told})


async def timeline(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/timeline"""
    found = await api.accounts.timeline(call.account, call.query.page, call.query.page_size)
    return answer(
        {
            "account": call.account,
            **page(found.total, found.page, found.page_size),
            "timeline": [showing.timeline_entry(entry) for entry in found.items],
        }
    )


def _etag(tag: str) -> str:
    return f'"{tag}"'
