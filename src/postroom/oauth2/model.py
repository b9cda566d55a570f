"""An OAuth2 application as registered with a provider, and what can be wrong with one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.providers import PROVIDERS, Provider, provider_of
from postroom.oauth2.shapes import AppDocument
from postroom.words.masking import MASK

SECRETS: Final = ("clientSecret", "serviceKey")
"""The members of an application that are encrypted at rest and never shown."""

RESERVED_IDS: Final = ("imap", "sending", "oauth2", "delegated")
"""Ids that no application may have: an account's `type` is the id of its application, and these are types already."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "gmail": ("clientId", "clientSecret"),
    "gmailService": ("serviceClient", "serviceClientEmail", "serviceKey"),
    "outlook": ("clientId",),
    "outlookService": ("clientId", "clientSecret"),
    "mailRu": ("clientId", "clientSecret"),
    "oidc": ("clientId", "discoveryUrl", "imap"),
}
_SHARED_TENANTS: Final = ("common", "organizations", "consumers")


TOKEN_ADVICE: Final[Mapping[str, str]] = {
    "invalid_grant": "The consent has ended or was revoked; the person must sign in again.",
    "invalid_client": "The provider does not accept the client id or the client secret of the OAuth2 application.",
    "unauthorized_client": "The OAuth2 application may not use this kind of grant; look at its settings.",
    "invalid_scope": "The provider does not know a scope, or does not grant it to this application.",
    "interaction_required": "The provider wants the person to sign in again.",
    "consent_required": "The person or an administrator must consent again.",
}
"""What to do about an error of a token endpoint (RFC 6749 section 5.2)."""


@dataclass(frozen=True, slots=True)
class AppProblem:
    """One thing wrong with an application: `key` is the field, `message` says what to do."""

    key: str
    message: str


class AppNotFound(Permanent):
    """There is no OAuth2 application with this id"""

    code = "AppNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class AppExists(Permanent):
    """The id of a new application is taken."""

    code = "AppAlreadyExists"


class InvalidApp(Permanent):
    """The application cannot work as it is; `problems` names every reason. Nothing was stored."""

    code = "InvalidInput"

    def __init__(self, problems: list[AppProblem]) -> None:
        super().__init__("Invalid input")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LastCheck:
    """When an application was checked last. `trouble` names the step that failed, "" if none did."""

    at: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """One application. `document` has the API's field names, without the secrets; `accounts` is how many use it.

    `last_check` is None before the first check, and again after a change.
    """

    id: str
    kind: str
    document: AppDocument
    created_at: int
    updated_at: int
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    accounts: int = 0
    last_check: LastCheck | None = None

    def way_back(self, service_url: str | None) -> str | None:
        """Return the redirect URI: where the provider sends people back to. None if it is not known."""
        return self.document.get("redirectUrl") or (f"{service_url}/oauth" if service_url else None)

    @property
    def provider(self) -> Provider:
        """The provider, with this application's own hosts and tenant."""
        found = provider_of(self.kind, self.document)
        assert found is not None
        return found

    @property
    def client_id(self) -> str:
        """The id that the provider gave the application."""
        return str(self.document.get("clientId") or self.document.get("serviceClient") or "")


def problems(body: Mapping[str, Any]) -> list[AppProblem]:
    """Find what an application lacks; `body` is the complete body with its secrets."""
    return list(_problems(body))


def needed_secrets(kind: str) -> list[str]:
    """Return the secrets that every application of this kind must have."""
    return [name for name in _NEEDED.get(kind, ()) if name in SECRETS]


def find_masked(change: Mapping[str, Any]) -> list[AppProblem]:
    """Find masked values that a caller read with GET and sent back, because they must never replace the secret."""
    words = f"is the placeholder {MASK}, not a secret: send the secret, or leave the field out"
    return [AppProblem(key, f'"{key}" {words}') for key in SECRETS if change.get(key) == MASK]


def _problems(body: Mapping[str, Any]) -> Iterator[AppProblem]:
    kind = body.get("provider")
    if kind not in PROVIDERS:
        yield AppProblem("provider", f'"provider" must be one of {", ".join(PROVIDERS)}')
        return
    for key in _NEEDED[str(kind)]:
        if not body.get(key):
            yield AppProblem(key, f'"{key}" is required for {kind}')
    if kind == "oidc" and body.get("imap") and not body["imap"].get("host"):
        yield AppProblem("imap.host", '"imap.host" is required')
    tenant = body.get("tenant") or body.get("authority") or "common"
    if kind == "outlookService" and tenant in _SHARED_TENANTS:
        yield AppProblem("tenant", '"tenant" must name the one tenant of the service: its id, or its domain')
    if body.get("serviceKey") and not _is_private_key(str(body["serviceKey"])):
        yield AppProblem("serviceKey", '"serviceKey" must be an RSA private key in PEM, not encrypted')


def _is_private_key(pem: str) -> bool:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class GrantedTokens:
    """What a token endpoint gave. Times are milliseconds since 1970; `scopes` None when it did not say."""

    access_token: str = field(repr=False)
    issued_at: int
    expires_at: int
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The e-mail address of the person who consented, and the name if the provider told it."""

    email: str
    name: str | None = None
