"""The known OAuth2 providers, as data: their mail servers, their token endpoints, and the scopes to ask for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.oauth2.shapes import AppDocument, AppMailServer

Grant = Literal["refresh_token", "service_account", "client_credentials"]
"""How to get a token without a person: by the refresh token of a consent, by a signed JWT (RFC 7523), or by the
application's own credentials (RFC 6749 section 4.4)."""


@dataclass(frozen=True, slots=True)
class Server:
    """One mail service. `implicit_tls` False means that STARTTLS is required, None what is usual on the port."""

    host: str
    port: int
    implicit_tls: bool | None = True


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of an authorization server. `issuer` is None when it differs from person to person."""

    authorize: str
    token: str
    revoke: str | None = None
    userinfo: str | None = None
    issuer: str | None = None
    jwks: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `endpoints` is None when discovery finds them. `imap` and `smtp` are None when the application must
    name them.

    `scopes` are requested at a consent (or with a service's token); those in `needed` must be granted. `consent` holds
    additional parameters of the consent page.
    """

    grant: Grant
    scopes: tuple[str, ...]
    imap: Server | None = None
    smtp: Server | None = None
    endpoints: Endpoints | None = None
    needed: tuple[str, ...] = ()
    consent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cloud:
    """One of Microsoft's clouds: its sign-in site, the resource that its scopes name, and its mail servers."""

    login: str
    resource: str
    imap: str
    smtp: str


# https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud (2025)
CLOUDS: Final = {
    "global": _Cloud(
        "https://login.microsoftonline.com",
        "https://outlook.office.com",
        "outlook.office365.com",
        "smtp.office365.com",
    ),
    "gcc-high": _Cloud(
        "https://login.microsoftonline.us",
        "https://outlook.office365.us",
        "outlook.office365.us",
        "smtp.office365.us",
    ),
    "dod": _Cloud(
        "https://login.microsoftonline.us",
        "https://outlook-dod.office365.us",
        "outlook-dod.office365.us",
        "outlook-dod.office365.us",
    ),
    "china": _Cloud(
        "https://login.chinacloudapi.cn",
        "https://partner.outlook.cn",
        "partner.outlook.cn",
        "partner.outlook.cn",
    ),
}
_IDENTITY: Final = ("openid", "email", "profile")
_GOOGLE: Final = Endpoints(
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    "https://oauth2.googleapis.com/revoke",
    "https://openidconnect.googleapis.com/v1/userinfo",
    "https://accounts.google.com",
    "https://www.googleapis.com/oauth2/v3/certs",
)
_GMAIL_SCOPE: Final = "https://mail.google.com/"
_GMAIL: Final = (Server("imap.gmail.com", 993), Server("smtp.gmail.com", 465))
# Without these, Google gives a refresh token only at a person's first consent.
_GOOGLE_CONSENT: Final = {"access_type": "offline", "prompt": "consent"}

PROVIDERS: Final = ("gmail", "gmailService", "outlook", "outlookService", "mailRu", "oidc")
"""The kinds of application that can be registered."""


def provider_of(kind: str, document: AppDocument | None = None) -> Provider | None:
    """Return the provider of an application, or the known one of that name; None for an unknown kind.

    `document` has the application's settings: `cloud`, `tenant` and `authority` for Microsoft, `imap` and `smtp` for
    `oidc`.
    """
    settings: AppDocument = document or {}
    match kind:
        case "gmail":
            scopes = (*_IDENTITY, _GMAIL_SCOPE)
            return Provider("refresh_token", scopes, *_GMAIL, _GOOGLE, (_GMAIL_SCOPE,), _GOOGLE_CONSENT)
        case "gmailService":
            return Provider("service_account", (_GMAIL_SCOPE,), *_GMAIL, _GOOGLE)
        case "outlook" | "outlookService":
            return _microsoft(settings, service=kind == "outlookService")
        case "mailRu":
            endpoints = Endpoints(
                "https://oauth.mail.ru/login", "https://oauth.mail.ru/token", userinfo="https://oauth.mail.ru/userinfo"
            )
            servers = (Server("imap.mail.ru", 993), Server("smtp.mail.ru", 465))
            return Provider("refresh_token", ("userinfo", "mail.imap"), *servers, endpoints)
        case "oidc":
            servers_given = (_server(settings.get("imap")), _server(settings.get("smtp")))
            scopes = (*_IDENTITY, "offline_access")
            # The operator's extra scopes are those that the mail servers of such a provider need.
            return Provider("refresh_token", scopes, *servers_given, needed=tuple(settings.get("extraScopes") or ()))
    return None


def scopes_of(provider: Provider, document: AppDocument) -> tuple[str, ...]:
    """Return the scopes to ask for: the provider's without `skipScopes`, then `extraScopes`."""
    skipped = set(document.get("skipScopes") or ())
    kept = [scope for scope in provider.scopes if scope not in skipped]
    return tuple(dict.fromkeys([*kept, *(document.get("extraScopes") or ())]))


def _microsoft(settings: AppDocument, *, service: bool) -> Provider:
    cloud = CLOUDS[settings.get("cloud") or "global"]
    tenant = settings.get("tenant") or settings.get("authority") or "common"
    base = f"{cloud.login}/{tenant}"
    endpoints = Endpoints(
        f"{base}/oauth2/v2.0/authorize", f"{base}/oauth2/v2.0/token", jwks=f"{base}/discovery/v2.0/keys"
    )
    servers = (Server(cloud.imap, 993), Server(cloud.smtp, 587, implicit_tls=False))
    if service:
        return Provider("client_credentials", (f"{cloud.resource}/.default",), *servers, endpoints)
    mail = (f"{cloud.resource}/IMAP.AccessAsUser.All", f"{cloud.resource}/SMTP.Send")
    scopes = (*_IDENTITY, "offline_access", *mail)
    return Provider("refresh_token", scopes, *servers, endpoints, mail[:1], {"prompt": "select_account"})


def _server(block: AppMailServer | None) -> Server | None:
    if not block or not block.get("host"):
        return None
    return Server(str(block["host"]), int(block.get("port") or 993), block.get("secure"))
