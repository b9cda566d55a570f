"""Signs a person in with an OpenID Connect provider: the way there, and who comes back (authorization code and PKCE).

What must be remembered between the two is sealed into a cookie of the browser, so any process can receive it back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as random
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final
from urllib.parse import urlencode

import orjson

from postroom.clock import now_ms
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, redeem
from postroom.oauth2.identity import IdentityUnknown, proven_claims
from postroom.oauth2.model import App
from postroom.oauth2.web import NoAnswer, WebClient
from postroom.storage.sealing.secrets import SecretBox, WrongKey

__all__ = ["PersonSignIn", "PersonUnknown", "SignInDeparture", "SignInReturn"]

LIFE_S: Final = 600
"""Seconds that a person has for the pages of the provider."""

_CONTEXT: Final = "openid sign-in"
_BYTES: Final = 32
_SCOPE: Final = "openid email profile"


class PersonUnknown(Permanent):
    """The provider did not prove who signed in; the message says what was wrong."""

    code = "PersonUnknown"


@dataclass(frozen=True, slots=True)
class SignInDeparture:
    """The URL of the provider's page, and the cookie that the browser must bring back."""

    url: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInReturn:
    """Who came back: the claims of the id_token, and the page that the person wanted to see."""

    claims: Mapping[str, object]
    wanted: str


class PersonSignIn:
    """Sign-ins with one provider, which `issuer` names."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        web: WebClient,
        box: SecretBox,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        secrets = {"clientSecret": client_secret} if client_secret else {}
        self._app = App("dashboard", "oidc", {"clientId": client_id, "discoveryUrl": issuer}, 0, 0, secrets)
        self._web = web
        self._box = box
        self._clock = clock

    async def depart(self, redirect_url: str, wanted: str) -> SignInDeparture:
        """Return the way to the provider, which sends the browser back to `redirect_url`. Raises PersonUnknown."""
        try:
            endpoints = await endpoints_of(self._web, self._app)
        except NoAnswer as error:
            raise PersonUnknown(f"The OpenID provider cannot be used: {error}") from None
        state, nonce, verifier = (random.token_urlsafe(_BYTES) for _ in range(3))
        kept = {"s": state, "n": nonce, "v": verifier, "w": wanted, "t": self._clock()}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": redirect_url,
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        glue = "&" if "?" in endpoints.authorize else "?"
        sealed = self._box.seal(orjson.dumps(kept).decode(), _CONTEXT)
        return SignInDeparture(f"{endpoints.authorize}{glue}{urlencode(query)}", sealed)

    async def come_back(self, cookie: str, state: str, code: str, redirect_url: str) -> SignInReturn:
        """Return who signed in. Raises PersonUnknown."""
        kept = self._kept(cookie, state)
        now = self._clock()
        try:
            tokens = await redeem(self._web, self._app, code, kept["v"], redirect_url, now)
            claims = await proven_claims(self._web, self._app, tokens, kept["n"], now)
        except OAuthTokenRefused as error:
            raise PersonUnknown(f"The OpenID provider refused the sign-in ({error.error}).") from None
        except (TokenUnavailable, IdentityUnknown) as error:
            raise PersonUnknown(f"The OpenID provider did not prove who you are: {error}.") from None
        return SignInReturn(claims, kept["w"])

    def _kept(self, cookie: str, state: str) -> dict[str, str]:
        try:
            kept = orjson.loads(self._box.open(cookie, _CONTEXT))
        except WrongKey:
            raise PersonUnknown("This browser did not begin a sign-in, or blocks cookies. Begin again.") from None
        if not hmac.compare_digest(kept["s"].encode(), state.encode(errors="replace")):
            raise PersonUnknown("This answer belongs to another sign-in. Begin again.")
        if self._clock() - kept["t"] > LIFE_S * 1000:
            raise PersonUnknown("The sign-in took too long. Begin again.")
        return {name: str(value) for name, value in kept.items()}
