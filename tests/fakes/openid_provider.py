"""A local OpenID provider over real HTTP: consent with PKCE, rotating refresh tokens, id_tokens, errors on demand.

    async with OpenIdProvider() as provider:
        refresh = provider.grant("u1@example.test")        # as if somebody had consented
        provider.next_answers(failure(500), failure(429))  # the next requests of the token endpoint
        assert provider.token_requests[-1]["grant_type"] == "refresh_token"

Each refresh token works once, when `rotates`; a used one is refused with `invalid_grant`. With `hosts` it speaks TLS
and is `oauth2.googleapis.com`, or whichever names it is given, for a client that resolves names with it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeAlias, cast
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from postroom.oauth2.shapes import AppBody
from tests.fakes.certificates import server_certificate

CLIENT = ("postroom", "the client secret")
_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})

Answer: TypeAlias = Callable[[], Awaitable[web.Response]]


def failure(status: int, error: str | None = None, *, text: str = "<html>busy</html>", **headers: str) -> Answer:
    """An answer of the token endpoint: HTML, or the JSON of an OAuth2 error."""

    async def answer() -> web.Response:
        if error is not None:
            return web.json_response({"error": error, "error_description": f"{error} it is"}, status=status)
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    return answer


def slow(seconds: float) -> Answer:
    """Answer too late."""

    async def answer() -> web.Response:
        await asyncio.sleep(seconds)
        return web.json_response({"error": "server_error"}, status=500)

    return answer


class OpenIdProvider(AbstractResolver):
    """Listens on 127.0.0.1. `life` is that of access tokens in seconds, `delay` that of the token endpoint.

    While `answers` is not set, the token endpoint does not answer. `service_keys` are the public keys of service
    accounts by e-mail address. `served` are the mailboxes that a service may open; a token of the application's own
    (client credentials) opens the first of them. `named` are endpoints that the discovery document contains instead of
    the real ones. `claims` are more claims of id_tokens, or others.
    """

    def __init__(
        self, *, life: int = 3600, rotates: bool = True, delay: float = 0.0, hosts: tuple[str, ...] = ()
    ) -> None:
        self.hosts = hosts
        self.service_keys: dict[str, RSAKey] = {}
        self.served: list[str] = []
        self.tenants: list[str] = []
        self.named: dict[str, str] = {}
        self.life = life
        self.rotates = rotates
        self.delay = delay
        self.answers = asyncio.Event()
        self.answers.set()
        self.scopes: str | None = None
        self.email_of: dict[str, str] = {}
        self.claims: dict[str, Any] = {}
        self.token_requests: list[dict[str, str]] = []
        self.revoked: list[str] = []
        self.access: dict[str, tuple[str, float]] = {}
        self._refresh: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._next: deque[Answer] = deque()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._configuration),
                web.get("/authorize", self._authorize),
                web.post("/token", self._token),
                web.post("/{tenant}/oauth2/v2.0/token", self._token_of_tenant),
                web.post("/revoke", self._revoke),
                web.get("/jwks", self._jwks),
                web.get("/userinfo", self._userinfo),
                web.get("/tokeninfo", self._tokeninfo),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        tls = server_certificate(self.hosts).server_context() if self.hosts else None
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve the names of this provider to it, and no other names."""
        if host not in self.hosts:
            raise OSError(f"no such host: {host}")
        assert self._runner is not None
        here = self._runner.addresses[0][1]
        return [ResolveResult(hostname=host, host="127.0.0.1", port=here, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Do nothing: the resolver holds no resources."""

    # Set up by tests

    def grant(self, user: str) -> str:
        """Return a refresh token of this user, as after a consent."""
        token = "refresh-" + secrets.token_urlsafe(16)
        self._refresh[token] = user
        return token

    def revoke_grants(self) -> None:
        """Forget every consent and every access token."""
        self._refresh.clear()
        self.access.clear()

    def next_answers(self, *answers: Answer) -> None:
        """Set the next answers of the token endpoint, in place of its usual ones."""
        self._next.extend(answers)

    def application(self, **more: Any) -> AppBody:
        """The body that registers this provider as an OAuth2 application."""
        body = {
            "name": "Local",
            "provider": "oidc",
            "id": "local",
            "clientId": CLIENT[0],
            "clientSecret": CLIENT[1],
            "discoveryUrl": self.url,
            **more,
        }
        return cast("AppBody", body)

    @property
    def refreshes(self) -> int:
        """The number of refresh requests received."""
        return sum(request["grant_type"] == "refresh_token" for request in self.token_requests)

    # The endpoints

    async def _configuration(self, _request: web.Request) -> web.Response:
        names = ("authorize", "token", "revoke", "userinfo", "jwks")
        keys = ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint", "jwks_uri")
        urls = {key: f"{self.url}/{name}" for key, name in zip(keys, names, strict=True)}
        return web.json_response({"issuer": self.url, **urls, **self.named})

    async def _authorize(self, request: web.Request) -> web.Response:
        """Consent at once. The user is `login_hint`, unless `email_of` names another one."""
        asked = dict(request.query)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT[0]
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(12)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"], "session_state": "x"})
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.token_requests.append(form)
        await asyncio.sleep(self.delay)
        await self.answers.wait()
        if self._next:
            return await self._next.popleft()()
        if form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return await self._assert(form, f"https://{request.host}{request.path}")
        if not secrets.compare_digest(form.get("client_secret", ""), CLIENT[1]):
            return await failure(401, "invalid_client")()
        if form["grant_type"] == "client_credentials":
            return web.json_response(self._tokens(self.served[0], None))
        if form["grant_type"] == "authorization_code":
            return await self._redeem(form)
        user = self._refresh.get(form.get("refresh_token", ""))
        if user is None:
            return await failure(400, "invalid_grant")()
        if self.rotates:
            del self._refresh[form["refresh_token"]]
            return web.json_response(self._tokens(user, self.grant(user)))
        return web.json_response(self._tokens(user, None))

    async def _token_of_tenant(self, request: web.Request) -> web.Response:
        self.tenants.append(request.match_info["tenant"])
        return await self._token(request)

    async def _assert(self, form: dict[str, str], audience: str) -> web.Response:
        """Accept a signed assertion (RFC 7523 section 3) after checking issuer, audience, life and subject."""
        try:
            parts = form["assertion"].split(".")
            named = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
            claims = jwt.decode(form["assertion"], self.service_keys[named["iss"]], algorithms=["RS256"]).claims
        except (KeyError, JoseError):
            return await failure(400, "invalid_grant")()
        now = time.time()
        if claims["aud"] != audience or not now - 60 < claims["iat"] <= claims["exp"] - 1 < now + 3600:
            return await failure(400, "invalid_grant")()
        user = claims.get("sub") or claims["iss"]
        if user != claims["iss"] and user not in self.served:
            return await failure(401, "unauthorized_client")()
        return web.json_response(self._tokens(user, None))

    async def _redeem(self, form: dict[str, str]) -> web.Response:
        asked = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode()
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return await failure(400, "invalid_grant")()
        hint = asked.get("login_hint", "someone@example.test")
        user = self.email_of.get(hint, hint)
        tokens = self._tokens(user, self.grant(user))
        tokens["scope"] = self.scopes if self.scopes is not None else asked["scope"]
        tokens["id_token"] = self.id_token(user, **{"nonce": asked.get("nonce"), **self.claims})
        return web.json_response(tokens)

    def id_token(self, user: str, nonce: str | None, **more: Any) -> str:
        """A signed id_token (OpenID Connect Core section 2)."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT[0], "sub": user, "email": user, "iat": now, "exp": now + 300}
        return jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, "nonce": nonce, "name": "Somebody", **more}, _KEY)

    def _tokens(self, user: str, refresh: str | None) -> dict[str, Any]:
        access = "access-" + secrets.token_urlsafe(16)
        self.access[access] = (user, time.time() + self.life)
        tokens: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        return {**tokens, "refresh_token": refresh} if refresh else tokens

    async def _revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(str((await request.post())["token"]))
        return web.Response()

    async def _jwks(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [_KEY.as_dict(private=False)]})

    async def _userinfo(self, request: web.Request) -> web.Response:
        user = self._user(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return web.json_response({"email": user}) if user else web.Response(status=401)

    async def _tokeninfo(self, request: web.Request) -> web.Response:
        """The endpoint where mail servers check a token."""
        user = self._user(request.query.get("access_token", ""))
        return web.json_response({"email": user, "active": True}) if user else web.Response(status=400)

    def _user(self, token: str) -> str | None:
        user, until = self.access.get(token, (None, 0.0))
        return user if until > time.time() else None
