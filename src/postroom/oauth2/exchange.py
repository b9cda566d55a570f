"""Requests for tokens (RFC 6749, RFC 7523, RFC 7009), and the verdict on each answer.

TokenRefused (Unauthorized)    the authorization server refused the grant: a person or an operator must act
TokenUnavailable (Transient)   no usable answer (a busy or broken server, a network fault); the grant may still be good
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from postroom.errors import Transient, Unauthorized
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.model import TOKEN_ADVICE, App, GrantedTokens
from postroom.oauth2.providers import scopes_of
from postroom.oauth2.token_answer import TokenAnswer
from postroom.oauth2.web import NoAnswer, WebAnswer, WebClient
from postroom.tasks import loaded
from postroom.words.strangers import Secrets, take_in, take_in_code

_ASSERTION_LIFE: Final = 300
_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECRET_FIELDS: Final = ("refresh_token", "assertion", "code", "code_verifier")
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


class TokenRequest(TypedDict, total=False):
    """The `tokenRequest` object of the API: the request, the answer and the verdict, without secrets."""

    method: str
    grant: str
    provider: str
    scopes: list[str]
    clientId: str
    serviceClientEmail: str
    authority: str
    url: str
    status: int
    response: Mapping[str, str]
    flag: Mapping[str, str]


class OAuthTokenRefused(Unauthorized):
    """The grant was refused; `request` is the `tokenRequest` object of the API, with secrets masked."""

    code = "OauthRenewError"

    def __init__(self, message: str, request: TokenRequest, error: str | None = None) -> None:
        super().__init__(message)
        self.request = request
        self.error = error


class TokenUnavailable(Transient):
    """There was no usable answer; `request` is the `tokenRequest` object of the API, with secrets masked."""

    def __init__(self, message: str, request: TokenRequest, code: str, retry_after: float | None = None) -> None:
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
    told = _told(app, form)
    try:
        endpoints = await endpoints_of(web, app)
        told["url"] = take_in(endpoints.token, _secrets(app, form))
        answer = await web.post(endpoints.token, {**form, **_client(app)})
    except NoAnswer as error:
        raise TokenUnavailable(f"Token request failed: {error}", told, error.code) from None
    told["status"] = answer.status
    read = TokenAnswer.read(answer.document) if answer.document is not None else None
    return _judge(answer, read, told, _secrets(app, form, read), now)


def _secrets(app: App, form: Mapping[str, str], read: TokenAnswer | None = None) -> Secrets:
    """The values to remove from the provider's texts: what was sent to it, and the tokens in its answer."""
    given = (read.access_token, read.refresh_token, read.id_token) if read is not None else ()
    return Secrets.of(*app.secrets.values(), *(form.get(name) for name in _SECRET_FIELDS), *given)


def _judge(
    answer: WebAnswer, read: TokenAnswer | None, told: TokenRequest, secrets: Secrets, now: int
) -> GrantedTokens:
    if answer.ok and read is not None and read.access_token is not None:
        return _tokens(read, read.access_token, now)
    error = read.error if read is not None else None
    if read is not None:
        told["response"] = {key: take_in(words, secrets) for key, words in read.words.items()}
    # Some providers send the errors of RFC 6749 section 5.2 with status 200, so the code decides.
    speaks = answer.ok or (400 <= answer.status < 500 and answer.status not in (408, 429))
    if speaks and error is not None and error.lower().replace(" ", "_") not in _PASSING:
        code = take_in_code(error, secrets)
        told["flag"] = {"code": code, "message": TOKEN_ADVICE.get(code, "The provider refused the request.")}
        raise OAuthTokenRefused("Token request failed", told, code)
    words = f"Token request failed: the provider answered {answer.status}"
    if answer.ok and error is None:
        words += " without a token, or what it answered cannot be read"
    raise TokenUnavailable(words, told, "ETOKENENDPOINT", answer.retry_after)


def _tokens(read: TokenAnswer, access_token: str, now: int) -> GrantedTokens:
    return GrantedTokens(
        access_token,
        now,
        now + read.life * 1000,
        read.refresh_token,
        read.id_token,
        tuple(read.scope.split()) if read.scope is not None else None,
    )


def _client(app: App) -> dict[str, str]:
    """The application's own credentials; a service account authenticates by its signature instead."""
    if app.provider.grant == "service_account":
        return {}
    secret = app.secrets.get("clientSecret")
    return {"client_id": app.client_id, **({"client_secret": secret} if secret else {})}


async def _assertion(web: WebClient, app: App, user: str, now: int) -> str:
    await loaded("joserfc.jwt", "joserfc.jwk")
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


def _told(app: App, form: Mapping[str, str]) -> TokenRequest:
    told: TokenRequest = {
        "method": "post",
        "grant": form["grant_type"],
        "provider": app.kind,
        "scopes": list(scopes_of(app.provider, app.document)),
    }
    if app.client_id:
        told["clientId"] = _partly(app.client_id)
    email, authority = app.document.get("serviceClientEmail"), app.document.get("authority")
    if email:
        told["serviceClientEmail"] = email
    if authority:
        told["authority"] = authority
    return told


def _partly(text: str) -> str:
    return f"{text[:4]}…{text[-4:]}" if len(text) > 12 else f"{text[:2]}…"
