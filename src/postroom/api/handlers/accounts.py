"""Handlers for accounts: register, list, read, change, remove."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from starlette.responses import Response

from postroom.accounts.model import AccountExists, AccountNotFound, InvalidAccount, ListQuery
from postroom.accounts.rights.allowed import ADMINISTRATOR, Changer
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import new_problems
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.api.pipeline.decode import if_match
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.onboarding.consent.consents import Grant
from postroom.schemas import presenting
from postroom.storage.sealing.secrets import SecretUnreadable


async def register(api: Api, call: Call) -> Response:
    """POST /v1/account"""
    body = dict(call.body)
    account: str | None = body.pop("account")
    oauth2 = body.get("oauth2")
    if oauth2 and oauth2.get("authorize"):
        found = new_problems(body)
        if found:
            raise InvalidAccount(found)
        return answer({"redirect": await api.consents.begin(account, body, until=call.caller.expires_at)})
    if oauth2:
        body["oauth2"] = {key: value for key, value in oauth2.items() if key not in ("authorize", "redirectUrl")}
        body = await api.trials.follow(body)
    if call.query.verify:
        body = await _verified(api, account, body, upsert=call.query.upsert)
    done = await api.accounts.register(account, body, upsert=call.query.upsert)
    return answer({"account": done.account, "state": done.state.value, "created": done.created})


async def _verified(api: Api, account: str | None, body: Document, *, upsert: bool) -> Document:
    """Try the settings, after everything that can be refused without a connection; return what to store."""
    found = new_problems(body)
    if found:
        raise InvalidAccount(found)
    if account is not None and await _exists(api, account):
        if not upsert:
            raise AccountExists("An account with this id already exists; use PUT to update it", account)
        # It may be removed before it is read again.
        with suppress(AccountNotFound):
            return await _verified_change(api, account, body, ADMINISTRATOR)
    trial = api.trials.of(account or "")
    await api.verifier.demand(settings_of(body), trial.prepare)
    return trial.take_over(body)


async def _verified_change(api: Api, account: str, change: Document, by: Changer) -> Document:
    """Try what the account will be; return the change to store."""
    settings = await api.accounts.tried(account, change, by=by)
    trial = api.trials.of(account, await _stored(api, account))
    await api.verifier.demand(settings, trial.prepare)
    return trial.take_over(change)


def _changer(api: Api, call: Call) -> Changer:
    """Who asks for a change, and what they may do."""
    if call.caller.account is None:
        return ADMINISTRATOR
    settings = api.settings
    listed = frozenset(settings.bound_token_fields)
    return Changer("a token of the account", True, listed, settings.sign_in_private_addresses)


async def _stored(api: Api, account: str) -> AccountSettings | None:
    """The account as it is, None when its secrets cannot be opened: the change may be what repairs it."""
    try:
        return await api.accounts.preview(account, {})
    except SecretUnreadable:
        return None


async def _exists(api: Api, account: str) -> bool:
    try:
        await api.accounts.get(account)
    except AccountNotFound:
        return False
    return True


async def list_accounts(api: Api, call: Call) -> Response:
    """GET /v1/accounts"""
    query = call.query
    wanted = ListQuery(query.page, query.page_size, query.state, query.query or None, query.metadata)
    page = await api.accounts.list_page(wanted)
    return answer(
        {
            **presenting.page(page.total, page.page, page.page_size),
            "query": query.query or False,
            "state": query.state.value if query.state else "*",
            "accounts": [presenting.list_item(item) for item in page.items],
        }
    )


async def get_account(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}"""
    view = await api.accounts.get(call.account)
    shown = presenting.account(view)
    if call.query.quota:
        shown["quota"] = await api.quotas.of(call.account, view.row)
    return answer(shown, headers={"etag": _etag(view.row.tag)})


async def change_account(api: Api, call: Call) -> Response:
    """PUT /v1/account/{account}"""
    tag = if_match(call.request)
    change, by = await api.trials.follow(call.body), _changer(api, call)
    if call.query.verify:
        change = await _verified_change(api, call.account, change, by)
    done = await api.accounts.update(call.account, change, if_match=tag, by=by)
    body: dict[str, Any] = {"success": True, "account": done.account}
    if done.warnings:
        body["warnings"] = done.warnings
    return answer(body, headers={"etag": _etag(done.tag)})


async def remove_account(api: Api, call: Call) -> Response:
    """DELETE /v1/account/{account}"""
    revoke = call.query.revoke
    # All that is needed later is read now: once the account is gone, the answer must not depend on the database.
    grant = await _grant(api, call.account) if revoke else None
    try:
        await api.accounts.remove(call.account)
    finally:
        api.tokens.forget_account(call.account)
    body: dict[str, Any] = {"success": True, "account": call.account, "deleted": True}
    if revoke:
        body["revoked"] = grant is not None and await api.consents.give_back(grant)
    return answer(body)


async def _grant(api: Api, account: str) -> Grant | None:
    """The grant to give back, None when there is none or what it takes cannot be opened: removal goes on."""
    try:
        return await api.consents.grant_of(await api.accounts.preview(account, {}))
    except SecretUnreadable:
        return None


async def timeline(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/timeline"""
    page = await api.accounts.timeline(call.account, call.query.page, call.query.page_size)
    return answer(
        {
            "account": call.account,
            **presenting.page(page.total, page.page, page.page_size),
            "timeline": [presenting.timeline_entry(entry) for entry in page.items],
        }
    )


def _etag(tag: str) -> str:
    return f'"{tag}"'
