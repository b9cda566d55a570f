"""The types of answers about OAuth2, for the OpenAPI document and the tests."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.schemas.requests.oauth2 import AppServer
from postroom.schemas.told import Time


class App(TypedDict):
    """An OAuth2 application. Secrets are shown as `******`."""

    id: str
    name: str
    provider: str
    enabled: bool
    accounts: Annotated[int, Field(description="How many accounts use it")]
    created: Time
    updated: Time
    description: NotRequired[str]
    title: NotRequired[str]
    clientId: NotRequired[str]
    clientSecret: NotRequired[str]
    redirectUrl: NotRequired[str]
    baseScopes: NotRequired[str]
    extraScopes: NotRequired[list[str]]
    skipScopes: NotRequired[list[str]]
    authority: NotRequired[str]
    tenant: NotRequired[str]
    cloud: NotRequired[str]
    serviceClient: NotRequired[str]
    serviceClientEmail: NotRequired[str]
    serviceKey: NotRequired[str]
    authMethod: NotRequired[str]
    discoveryUrl: NotRequired[str]
    imap: NotRequired[AppServer]
    smtp: NotRequired[AppServer]


class AccessToken(TypedDict):
    """An account's access token."""

    account: str
    user: str | None
    accessToken: str
    provider: str
    app: str | None
    registeredScopes: Annotated[list[str], Field(description="The scopes that a consent requests")]
    expires: Time | None
    cached: Annotated[bool, Field(description="False when the token was renewed for this answer")]


class AppsPage(TypedDict):
    """A page of applications, oldest first."""

    total: int
    page: int
    pages: int
    apps: list[App]


class AppCreated(TypedDict):
    """A registration."""

    id: str
    created: bool


class AppUpdated(TypedDict):
    """A change."""

    id: str
    updated: bool


class AppRemoved(TypedDict):
    """A removal."""

    id: str
    deleted: bool
    accounts: Annotated[int, Field(description="How many accounts used it")]


class TriedStep(TypedDict):
    """One step of a test."""

    id: Annotated[str, Field(description="redirect, endpoints, client, token or connection")]
    label: str
    status: Literal["ok", "fail", "skip"]
    message: Annotated[str, Field(description="The result")]
    hint: Annotated[str, Field(description="What to do; empty if there is nothing to do")]


class AppVerified(TypedDict):
    """The result of testing an application."""

    app: str
    provider: str
    authMethod: Annotated[str, Field(description="clientSecret or serviceKey")]
    account: str | None
    ok: Annotated[bool, Field(description="Whether no step failed")]
    steps: list[TriedStep]
