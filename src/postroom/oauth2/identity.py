"""Who consented: the claims of a signed id_token (OpenID Connect Core 3.1.3.7), or the answer of userinfo."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from postroom.errors import Permanent
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.model import App, GrantedTokens, Identity
from postroom.oauth2.web import NoAnswer, WebAnswer, WebClient
from postroom.words import take_in

_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
_LEEWAY: Final = 60
_LONGEST_NAME: Final = 256


class IdentityUnknown(Permanent):
    """The provider did not prove who consented; the message says what was wrong."""

    code = "IdentityUnknown"


async def identity_of(web: WebClient, app: App, tokens: GrantedTokens, nonce: str, now: int) -> Identity:
    """Return who consented. Raises IdentityUnknown."""
    try:
        endpoints = await endpoints_of(web, app)
        if tokens.id_token is not None and endpoints.jwks is not None:
            keys = _document(await web.get(endpoints.jwks), "keys")
            claims = _claims(tokens.id_token, keys)
            _check(claims, app.client_id, endpoints.issuer, nonce, now)
        elif endpoints.userinfo is not None:
            query = {"access_token": tokens.access_token} if app.kind == "mailRu" else None
            answer = await web.get(endpoints.userinfo, bearer=tokens.access_token, query=query)
            claims = _document(answer, "userinfo")
        else:
            raise IdentityUnknown("The provider gave no id_token and has no userinfo endpoint")
    except NoAnswer as error:
        raise IdentityUnknown(f"The provider could not be asked who signed in: {error}") from None
    email = claims.get("email") or claims.get("preferred_username")
    if not isinstance(email, str) or "@" not in email:
        raise IdentityUnknown("The provider did not tell the e-mail address; ask for the scope `email`")
    if take_in(email) != email:
        raise IdentityUnknown("The provider told an e-mail address that holds characters which no address has")
    name = claims.get("name")
    return Identity(email, take_in(name, longest=_LONGEST_NAME) or None if isinstance(name, str) else None)


def _document(answer: WebAnswer, what: str) -> Mapping[str, Any]:
    """The document in the provider's answer. Raises NoAnswer for an unreadable one, because it proves nothing."""
    if not answer.ok or answer.document is None:
        raise NoAnswer("EIDENTITY", f"its {what} cannot be read (status {answer.status})")
    return answer.document


def _claims(token: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        return jwt.decode(token, KeySet.import_key_set({"keys": keys.get("keys", [])}), algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, KeyError, TypeError):
        raise IdentityUnknown("The signature of the provider's id_token does not hold") from None


def _check(claims: Mapping[str, Any], client_id: str, issuer: str | None, nonce: str, now: int) -> None:
    audience = claims.get("aud")
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise IdentityUnknown("The provider's id_token is meant for another application")
    if issuer is not None and claims.get("iss") != issuer:
        raise IdentityUnknown("The provider's id_token is from another issuer")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires + _LEEWAY < now / 1000:
        raise IdentityUnknown("The provider's id_token has expired")
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise IdentityUnknown("The provider's id_token belongs to another sign-in")
