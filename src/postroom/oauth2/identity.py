"""Who consented: the claims of a signed id_token (OpenID Connect Core 3.1.3.7), or the answer of userinfo."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final, Self, cast

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.model import App, GrantedTokens, Identity
from postroom.oauth2.web import NoAnswer, WebAnswer, WebClient
from postroom.tasks import loaded
from postroom.words.strangers import take_in

_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
_LEEWAY: Final = 60
_LONGEST_NAME: Final = 256


class IdentityUnknown(Permanent):
    """The provider did not prove who consented; the message says what was wrong."""

    code = "IdentityUnknown"


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """The claims about a person, from an id_token or userinfo. None stands for one that is missing or unusable.

    `audience` are the client ids that an id_token is meant for, `expires` is in seconds since 1970.
    """

    email: str | None = None
    name: str | None = None
    audience: tuple[object, ...] = ()
    issuer: object = None
    expires: float | None = None
    nonce: str = ""

    @classmethod
    def read(cls, told: Mapping[str, object]) -> Self:
        """Parse a JSON object (OpenID Connect Core sections 2 and 5.1)."""
        email = told.get("email") or told.get("preferred_username")
        name, audience, expires = told.get("name"), told.get("aud"), told.get("exp")
        return cls(
            email=email if isinstance(email, str) else None,
            name=name if isinstance(name, str) else None,
            audience=tuple(audience) if isinstance(audience, list) else (audience,),
            issuer=told.get("iss"),
            expires=expires if isinstance(expires, int | float) else None,
            nonce=str(told.get("nonce")),
        )


async def proven_claims(web: WebClient, app: App, tokens: GrantedTokens, nonce: str, now: int) -> Mapping[str, object]:
    """Return all claims of a signed id_token that is for this sign-in and this application. Raises IdentityUnknown."""
    try:
        endpoints = await endpoints_of(web, app)
        if tokens.id_token is None or endpoints.jwks is None:
            raise IdentityUnknown("The provider gave no id_token, or does not tell the keys of its signatures")
        told = await _decoded(tokens.id_token, _document(await web.get(endpoints.jwks), "keys"))
    except NoAnswer as error:
        raise IdentityUnknown(f"The provider could not be asked who signed in: {error}") from None
    _check(IdentityClaims.read(told), app.client_id, endpoints.issuer, nonce, now)
    if told.get("azp", app.client_id) != app.client_id:
        raise IdentityUnknown("The provider's id_token was given to another application")
    return told


async def identity_of(web: WebClient, app: App, tokens: GrantedTokens, nonce: str, now: int) -> Identity:
    """Return who consented. Raises IdentityUnknown."""
    try:
        endpoints = await endpoints_of(web, app)
        if tokens.id_token is not None and endpoints.jwks is not None:
            keys = _document(await web.get(endpoints.jwks), "keys")
            claims = IdentityClaims.read(await _decoded(tokens.id_token, keys))
            _check(claims, app.client_id, endpoints.issuer, nonce, now)
        elif endpoints.userinfo is not None:
            query = {"access_token": tokens.access_token} if app.kind == "mailRu" else None
            answer = await web.get(endpoints.userinfo, bearer=tokens.access_token, query=query)
            claims = IdentityClaims.read(_document(answer, "userinfo"))
        else:
            raise IdentityUnknown("The provider gave no id_token and has no userinfo endpoint")
    except NoAnswer as error:
        raise IdentityUnknown(f"The provider could not be asked who signed in: {error}") from None
    email = claims.email
    if email is None or "@" not in email:
        raise IdentityUnknown("The provider did not tell the e-mail address; ask for the scope `email`")
    if take_in(email) != email:
        raise IdentityUnknown("The provider told an e-mail address that holds characters which no address has")
    name = claims.name
    return Identity(email, take_in(name, longest=_LONGEST_NAME) or None if name is not None else None)


def _document(answer: WebAnswer, what: str) -> Mapping[str, object]:
    """The document in the provider's answer. Raises NoAnswer for an unreadable one, because it proves nothing."""
    if not answer.ok or answer.document is None:
        raise NoAnswer("EIDENTITY", f"its {what} cannot be read (status {answer.status})")
    return answer.document


async def _decoded(token: str, keys: Mapping[str, object]) -> Mapping[str, object]:
    await loaded("joserfc.jwt", "joserfc.jwk")
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        known = KeySet.import_key_set({"keys": cast("Any", keys.get("keys", []))})
        return jwt.decode(token, known, algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError):
        raise IdentityUnknown("The signature of the provider's id_token does not hold") from None


def _check(claims: IdentityClaims, client_id: str, issuer: str | None, nonce: str, now: int) -> None:
    if client_id not in claims.audience:
        raise IdentityUnknown("The provider's id_token is meant for another application")
    if issuer is not None and claims.issuer != issuer:
        raise IdentityUnknown("The provider's id_token is from another issuer")
    if claims.expires is None or claims.expires + _LEEWAY < now / 1000:
        raise IdentityUnknown("The provider's id_token has expired")
    if not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
        raise IdentityUnknown("The provider's id_token belongs to another sign-in")
