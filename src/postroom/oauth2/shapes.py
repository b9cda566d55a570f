"""An OAuth2 application as it is sent and stored: its fields have the names of the API. Pure."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class AppMailServer(TypedDict):
    """A mail server of an `oidc` provider; without `secure` it is as usual on the port."""

    host: str
    port: int
    secure: NotRequired[bool | None]


class AppDocument(TypedDict, total=False):
    """The part of an application that is stored unsealed."""

    name: str
    description: str | None
    title: str | None
    enabled: bool
    clientId: str | None
    redirectUrl: str | None
    baseScopes: str
    extraScopes: list[str]
    skipScopes: list[str]
    authority: str
    tenant: str
    cloud: str
    serviceClient: str | None
    serviceClientEmail: str | None
    authMethod: str
    discoveryUrl: str | None
    imap: AppMailServer
    smtp: AppMailServer


class AppBody(AppDocument, total=False):
    """The body of a request about an application: also its secrets, its kind and its id."""

    id: str
    provider: str
    clientSecret: str | None
    serviceKey: str
