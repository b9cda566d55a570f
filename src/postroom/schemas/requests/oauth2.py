"""The types of requests about OAuth2 applications."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from postroom.oauth2.providers import CLOUDS, PROVIDERS
from postroom.schemas.fields import (
    AccountId,
    FetchedUrl,
    Flag,
    Host,
    LoginText,
    Name,
    OneOf,
    OptionalEmail,
    OptionalFlag,
    OptionalText,
    PageUrl,
    Port,
)
from postroom.schemas.requests.queries import STRICT

AppId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,256}$")]
Tenant = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{0,256}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,1024}$")]
Scopes = Annotated[
    list[Scope],
    Field(max_length=100),
    BeforeValidator(lambda value: [] if value is None or value == "" else value),
]
Key = Annotated[str, StringConstraints(max_length=32768)]


@with_config(STRICT)
class AppServer(TypedDict, total=False):
    """A mail server of an `oidc` provider."""

    host: Required[Annotated[Host, Field(description="Host name or IP address")]]
    port: Required[Annotated[Port, Field(description="Usually 993 for IMAP and 465 for SMTP")]]
    secure: Annotated[
        OptionalFlag,
        Field(
            description="Whether to use TLS from the first byte; with false, STARTTLS is required. "
            "By default true on ports 993 and 465, otherwise false"
        ),
    ]


@with_config(STRICT)
class AppSettings(TypedDict, total=False):
    """Fields that POST and PUT share."""

    description: Annotated[OptionalText, Field(description="Your own note")]
    title: Annotated[OptionalText, Field(description="The text of the button on the hosted sign-in")]
    enabled: Annotated[Flag, Field(description="Whether the hosted sign-in offers it; accounts may use it in any case")]
    clientId: Annotated[LoginText, Field(description="The client id that the provider gave you")]
    clientSecret: Annotated[LoginText, Field(description="The client secret; never shown again")]
    redirectUrl: Annotated[
        PageUrl, Field(description="Where the provider sends the browser back; `<serviceUrl>/oauth` by default")
    ]
    baseScopes: Annotated[Literal["imap"], Field(description="The protocol for mail: IMAP")]
    extraScopes: Annotated[Scopes, Field(description="Scopes to request in addition to the usual ones")]
    skipScopes: Annotated[Scopes, Field(description="Usual scopes to leave out")]
    authority: Annotated[Tenant, Field(description="Microsoft: `common`, `organizations`, `consumers` or a tenant")]
    tenant: Annotated[Tenant, Field(description="Microsoft: the tenant; overrides `authority`")]
    cloud: Annotated[str, OneOf(CLOUDS), Field(description="Microsoft: a national cloud; `global` by default")]
    serviceClient: Annotated[LoginText, Field(description="Google: the client id of the service account")]
    serviceClientEmail: Annotated[OptionalEmail, Field(description="Google: the e-mail address of the service account")]
    serviceKey: Annotated[Key, Field(description="Google: the private key of the service account, PEM; never shown")]
    authMethod: Annotated[Literal["serviceKey"], Field(description="How the service account authenticates")]
    discoveryUrl: Annotated[
        FetchedUrl, Field(description="oidc: the issuer, or the address of its `.well-known/openid-configuration`")
    ]
    imap: Annotated[AppServer, Field(description="oidc: the IMAP server")]
    smtp: Annotated[AppServer, Field(description="oidc: the SMTP server")]


@with_config(STRICT)
class NewAppHead(TypedDict, total=False):
    """The first fields of a new application."""

    id: Annotated[
        AppId, Field(description="The id for `oauth2.provider` of accounts; the provider's name by default, if free")
    ]
    name: Required[Annotated[Name, Field(description="Display name")]]
    provider: Required[Annotated[str, OneOf(PROVIDERS), Field(description="The kind of provider")]]


@with_config(STRICT)
class NewApp(NewAppHead, AppSettings):
    """An application that you registered with a provider."""


@with_config(STRICT)
class AppChangeHead(TypedDict, total=False):
    """The first fields of a change of an application."""

    name: Annotated[Name, Field(description="Display name")]
    provider: Annotated[str, OneOf(PROVIDERS), Field(description="The kind of provider")]


@with_config(STRICT)
class AppChange(AppChangeHead, AppSettings):
    """A change of an application. Absent fields stay; an empty text clears a field."""


@with_config(STRICT)
class AppTrial(TypedDict, total=False):
    """How to test an application."""

    account: Annotated[
        AccountId | None,
        Field(description="An account of the application; for a service account, the address of any mailbox"),
    ]
    testConnection: Annotated[Flag, Field(description="Whether to sign in to IMAP with the token; true by default")]
