"""Finds an application's authorization server: a known one, or by its metadata (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from postroom.oauth2.model import App
from postroom.oauth2.providers import Endpoints
from postroom.oauth2.web import NoAnswer, WebClient

_WELL_KNOWN: Final = "/.well-known/openid-configuration"


async def endpoints_of(web: WebClient, app: App) -> Endpoints:
    """Return the endpoints of an application's provider. Raises NoAnswer when they cannot be found."""
    known = app.provider.endpoints
    if known is not None:
        return known
    url = str(app.document.get("discoveryUrl") or "")
    if not url.endswith(_WELL_KNOWN):
        url = url.rstrip("/") + _WELL_KNOWN
    answer = await web.get(url)
    document = answer.document
    if not answer.ok or document is None:
        raise NoAnswer("EDISCOVERY", f"The provider's OpenID configuration cannot be read (status {answer.status})")
    names = ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "userinfo_endpoint", "issuer")
    found = [_text(document.get(name)) for name in (*names, "jwks_uri")]
    if any(url is not None and not _is_web(url) for url in found):
        raise NoAnswer("EDISCOVERY", "The provider's OpenID configuration names an endpoint that is no web address")
    authorize, token, revoke, userinfo, issuer, jwks = found
    # The issuer must be the one that was asked (section 4.3); otherwise another site could impersonate it.
    if authorize is None or token is None or issuer is None or issuer.rstrip("/") + _WELL_KNOWN != url:
        raise NoAnswer("EDISCOVERY", "The provider's OpenID configuration lacks its endpoints or names another issuer")
    return Endpoints(authorize, token, revoke, userinfo, issuer, jwks)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False
