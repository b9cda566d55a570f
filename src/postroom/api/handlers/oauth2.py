"""Handlers for OAuth2 applications."""

from __future__ import annotations

from starlette.responses import Response

from postroom.access.tokens import AccessDenied
from postroom.accounts.rights.exposure import is_lent
from postroom.accounts.service import retry_refused
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings
from postroom.api.pipeline.errors import EndpointDisabled, NotOAuth2
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.credentials.token_life import is_usable
from postroom.oauth2.exchange import OAuthTokenRefused
from postroom.oauth2.providers import scopes_of
from postroom.schemas.requests.oauth2 import AppTrial
from postroom.schemas.showing.oauth2 import application
from postroom.schemas.showing.pages import page

_EARLY_MS = 30_000


async def create(api: Api, call: Call) -> Response:
    """POST /v1/oauth2"""
    app = await api.apps.create(call.body, then=retry_refused)
    return answer({"id": app, "created": True})


async def list_apps(api: Api, call: Call) -> Response:
    """GET /v1/oauth2"""
    number, size = call.query.page, call.query.page_size
    total, found = await api.apps.list_page(number, size)
    return answer({**page(total, number, size), "apps": [application(app) for app in found]})


async def get_app(api: Api, call: Call) -> Response:
    """GET /v1/oauth2/{app}"""
    return answer(application(await api.apps.describe(call.path["app"])))


async def change(api: Api, call: Call) -> Response:
    """PUT /v1/oauth2/{app}"""
    app = call.path["app"]
    await api.apps.update(app, call.body, then=retry_refused)
    return answer({"id": app, "updated": True})


async def remove(api: Api, call: Call) -> Response:
    """DELETE /v1/oauth2/{app}"""
    app = call.path["app"]
    return answer({"id": app, "deleted": True, "accounts": await api.apps.remove(app)})


async def verify(api: Api, call: Call) -> Response:
    """POST /v1/oauth2/{app}/verify"""
    app = await api.apps.get(call.path["app"])
    body: AppTrial = call.body
    connect = bool(body.get("testConnection", True))
    found = await api.app_check.check(app, body.get("account") or None, connect=connect)
    steps = [
        {"id": step.id, "label": step.label, "status": step.status, "message": step.message, "hint": step.hint}
        for step in found.steps
    ]
    told = {"app": app.id, "provider": app.kind, "authMethod": found.auth_method, "account": found.account}
    return answer({**told, "ok": found.ok, "steps": steps})


async def access_token(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/oauth-token"""
    if not (await api.runtime.get()).enable_oauth_tokens_api:
        raise EndpointDisabled("Access tokens cannot be read; turn it on with the setting enableOAuthTokensApi")
    settings = await api.accounts.preview(call.account, {})
    stored = settings.oauth2
    if stored is None:
        raise NotOAuth2(NotOAuth2.__doc__ or "")
    if call.caller.account is not None:
        await _demand_own(api, settings, stored)
    prepared = await api.access.prepare(call.account, settings, protocol="api", early=_EARLY_MS)
    oauth2 = prepared.settings.oauth2
    if oauth2 is None or not oauth2.access_token or not is_usable(oauth2, api.clock()):
        raise OAuthTokenRefused("The account has no access token that is valid, and nothing to renew it with", {})
    app = await api.apps.find(str(oauth2.provider))
    return answer(
        {
            "account": call.account,
            "user": oauth2.who.user,
            "accessToken": oauth2.access_token.reveal(),
            "provider": app.kind if app else oauth2.provider,
            "app": app.id if app else None,
            "registeredScopes": list(scopes_of(app.provider, app.document)) if app else [],
            "expires": oauth2.expires,
            "cached": oauth2.access_token == stored.access_token,
        }
    )


async def _demand_own(api: Api, settings: AccountSettings, oauth2: OAuth2Settings) -> None:
    """Raise AccessDenied if the access token may open more than the account's mailbox. Raises StorageUnavailable."""
    app = await api.apps.find(str(oauth2.provider))
    # Without the application it is unknown which grant the stored token came from.
    if is_lent(settings, "api") or app is None or app.provider.grant != "refresh_token":
        raise AccessDenied("The access token is not the account's own: it may open other mailboxes too")
