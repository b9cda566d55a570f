"""Requests for tokens (RFC 6749, RFC 7523, RFC 7009), and the verdict on each answer.

TokenRefused (Unauthorized)    the authorization server refused the grant: a person or an operator must act
TokenUnavailable (Transient)   no usable answer (a busy or broken server, a network fault); the grant may still be good
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from postroom.errors import Transient, Unauthorized
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.model import App, GrantedTokens
from postroom.oauth2.providers import scopes_of
from postroom.oauth2.web import NoAnswer, WebAnswer, WebClient
from postroom.words import Secrets, take_in, take_in_code

_DEFAULT_LIFE: Final = 3600
_LONGEST_LIFE: Final = 366 * 86_400
_ASSERTION_LIFE: Final = 300
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECRET_FIELDS: Final = ("refresh_token", "assertion", "code", "code_verifier")
_TOKENS: Final = ("access_token", "refresh_token", "id_token")
# Codes that may pass by themselves: from RFC 6749 section 4.1.2.1, RFC 8628 section 3.5, and providers' own. Any other
# code is a verdict on the grant or on the application.
_PASSING: Final = frozenset(
    {
        "backend_error",
        "internal_error",
        "internal_failure",
        "rate_limit_exceeded",
        "server_error",
        "service_unavailable",
        "slow_down",
        "temporarily_unavailable",
        "too_many_requests",
    }
)


class OAuthTokenRefused(Unauthorized):
    """The grant was refused; `request` is the `tokenRequest` object of the API, with secrets masked."""

    code = "OauthRenewError"

    def __init__(self, message: str, request: dict[str, Any], error: str | None = None) -> None:
        super().__init__(message)
        self.request = request
        self.error = error


class TokenUnavailable(Transient):
    """There was no usable answer; `request` is the `tokenRequest` object of the API, with secrets masked."""

    def __init__(self, message: str, request: dict[str, Any], code: str, retry_after: float | None = None) -> None:
        super().__init__(message, code=code, retry_after=retry_after)
        self.request = request


async def renew(web: WebClient, app: App, user: str, refresh_token: str | None, now: int) -> GrantedTokens:
    """Get a fresh access token by the application's grant; for a service account, `user` is the owner of the mailbox.

    Raises TokenRefused, TokenUnavailable.
    """
    match app.provider.grant:
        case "refresh_token":
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token or ""}
        case "client_credentials":
            form = {"grant_type": "client_credentials", "scope": " ".join(scopes_of(app.provider, app.document))}
        case "service_account":
            form = {"grant_type": _JWT_BEARER, "assertion": await _assertion(web, app, user, now)}
    return await _request(web, app, form, now)


async def redeem(web: WebClient, app: App, code: str, verifier: str, redirect_url: str, now: int) -> GrantedTokens:
    """Exchange the code of a consent for tokens (RFC 6749 section 4.1.3, RFC 7636). Raises as `renew` does."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_url,
    }
    return await _request(web, app, form, now)


async def revoke(web: WebClient, app: App, token: str) -> bool:
    """Revoke a grant if the provider supports it (RFC 7009); returns whether it was revoked. Never fails."""
    try:
        endpoints = await endpoints_of(web, app)
        if endpoints.revoke is None:
            return False
        return (await web.post(endpoints.revoke, {"token": token, **_client(app)})).ok
    except NoAnswer:
        return False


async def _request(web: WebClient, app: App, form: Mapping[str, str], now: int) -> GrantedTokens:
    told: dict[str, Any] = _told(app, form)
    try:
        endpoints = await endpoints_of(web, app)
        told["url"] = take_in(endpoints.token, _secrets(app, form, {}))
        answer = await web.post(endpoints.token, {**form, **_client(app)})
    except NoAnswer as error:
        raise TokenUnavailable(f"Token request failed: {error}", told, error.code) from None
    told["status"] = answer.status
    return _judge(answer, told, _secrets(app, form, answer.document or {}), now)


def _secrets(app: App, form: Mapping[str, str], document: Mapping[str, Any]) -> Secrets:
    """The values to remove from the provider's texts: what was sent to it, and the tokens in its answer."""
    given = [document[name] for name in _TOKENS if _is_text(document.get(name))]
    return Secrets.of(*app.secrets.values(), *(form.get(name) for name in _SECRET_FIELDS), *given)


def _judge(answer: WebAnswer, told: dict[str, Any], secrets: Secrets, now: int) -> GrantedTokens:
    document = answer.document
    if answer.ok and document is not None and _is_text(document.get("access_token")):
        return _tokens(document, now)
    error = document.get("error") if document is not None else None
    if not _is_text(error):
        error = None
    if document is not None:
        told["response"] = {
            key: take_in(str(document[key]), secrets) for key in ("error", "error_description") if key in document
        }
    # Some providers send the errors of RFC 6749 section 5.2 with status 200, so the code decides.
    speaks = answer.ok or (400 <= answer.status < 500 and answer.status not in (408, 429))
    if speaks and error is not None and error.lower().replace(" ", "_") not in _PASSING:
        code = take_in_code(error, secrets)
        told["flag"] = {"code": code, "message": _ADVICE.get(code, "The provider refused the request.")}
        raise OAuthTokenRefused("Token request failed", told, code)
    words = f"Token request failed: the provider answered {answer.status}"
    if answer.ok and error is None:
        words += " without a token, or what it answered cannot be read"
    raise TokenUnavailable(words, told, "ETOKENENDPOINT", answer.retry_after)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)


_ADVICE: Final[Mapping[str, str]] = {
    "invalid_grant": "The consent has ended or was revoked; the person must sign in again.",
    "invalid_client": "The provider does not accept the client id or the client secret of the OAuth2 application.",
    "unauthorized_client": "The OAuth2 application may not use this kind of grant; look at its settings.",
    "invalid_scope": "The provider does not know a scope, or does not grant it to this application.",
    "interaction_required": "The provider wants the person to sign in again.",
    "consent_required": "The person or an administrator must consent again.",
}


def _tokens(document: Mapping[str, Any], now: int) -> GrantedTokens:
    try:
        life = min(max(int(document.get("expires_in") or _DEFAULT_LIFE), 1), _LONGEST_LIFE)
    except (TypeError, ValueError):
        life = _DEFAULT_LIFE
    refresh, identity, scope = (document.get(key) for key in ("refresh_token", "id_token", "scope"))
    return GrantedTokens(
        document["access_token"],
        now,
        now + life * 1000,
        refresh if isinstance(refresh, str) and refresh else None,
        identity if isinstance(identity, str) else None,
        tuple(scope.split()) if isinstance(scope, str) else None,
    )


def _client(app: App) -> dict[str, str]:
    """The application's own credentials; a service account authenticates by its signature instead."""
    if app.provider.grant == "service_account":
        return {}
    secret = app.secrets.get("clientSecret")
    return {"client_id": app.client_id, **({"client_secret": secret} if secret else {})}


async def _assertion(web: WebClient, app: App, user: str, now: int) -> str:
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    endpoints = await endpoints_of(web, app)
    claims = {
        "iss": app.document["serviceClientEmail"],
        **({"sub": user} if user else {}),
        "scope": " ".join(scopes_of(app.provider, app.document)),
        "aud": endpoints.token,
        "iat": now // 1000,
        "exp": now // 1000 + _ASSERTION_LIFE,
    }
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, RSAKey.import_key(app.secrets["serviceKey"]))


def _told(app: App, form: Mapping[str, str]) -> dict[str, Any]:
    """The `tokenRequest` object of the API: the request without any secret."""
    told: dict[str, Any] = {
        "method": "post",
        "grant": form["grant_type"],
        "provider": app.kind,
        "scopes": list(scopes_of(app.provider, app.document)),
    }
    if app.client_id:
        told["clientId"] = _partly(app.client_id)
    for name in ("serviceClientEmail", "authority"):
        if app.document.get(name):
            told[name] = app.document[name]
    return told


def _partly(text: str) -> str:
    return f"{text[:4]}…{text[-4:]}" if len(text) > 12 else f"{text[:2]}…"
