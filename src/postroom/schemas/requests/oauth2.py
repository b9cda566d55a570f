"""What requests about OAuth2 applications may hold."""

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
    port: Required[Annotated[Port, Field(description="993 for IMAP and 465 for SMTP, as a rule")]]
    secure: Annotated[
        OptionalFlag,
        Field(
            description="TLS from the first byte; with false, STARTTLS is demanded. "
            "Unless given, true on ports 993 and 465, else false"
        ),
    ]


@with_config(STRICT)
class AppSettings(TypedDict, total=False):
    """What POST and PUT have in common."""

    description: Annotated[OptionalText, Field(description="For you")]
    title: Annotated[OptionalText, Field(description="The words on the button of the hosted sign-in")]
    enabled: Annotated[Flag, Field(description="Offer it on the hosted sign-in; accounts may name it either way")]
    clientId: Annotated[LoginText, Field(description="The client id that the provider gave you")]
    clientSecret: Annotated[LoginText, Field(description="The client secret; never shown again")]
    redirectUrl: Annotated[PageUrl, Field(description="Where the provider returns to; `<serviceUrl>/oauth` by default")]
    baseScopes: Annotated[Literal["imap"], Field(description="Mail is read over IMAP")]
    extraScopes: Annotated[Scopes, Field(description="Scopes to ask for besides the usual ones")]
    skipScopes: Annotated[Scopes, Field(description="Usual scopes not to ask for")]
    authority: Annotated[Tenant, Field(description="Microsoft: `common`, `organizations`, `consumers` or a tenant")]
    tenant: Annotated[Tenant, Field(description="Microsoft: the tenant; goes before `authority`")]
    cloud: Annotated[str, OneOf(CLOUDS), Field(description="Microsoft: a national cloud; `global` by default")]
    serviceClient: Annotated[LoginText, Field(description="Google: the client id of the service account")]
    serviceClientEmail: Annotated[OptionalEmail, Field(description="Google: the e-mail address of the service account")]
    serviceKey: Annotated[Key, Field(description="Google: the private key of the service account, PEM; never shown")]
    authMethod: Annotated[Literal["serviceKey"], Field(description="How the service account proves itself")]
    discoveryUrl: Annotated[
        FetchedUrl, Field(description="oidc: the issuer, or the address of its `.well-known/openid-configuration`")
    ]
    imap: Annotated[AppServer, Field(description="oidc: the IMAP server")]
    smtp: Annotated[AppServer, Field(description="oidc: the SMTP server")]


@with_config(STRICT)
class NewAppHead(TypedDict, total=False):
    """What comes first in an application."""

    id: Annotated[
        AppId, Field(description="What accounts call it in `oauth2.provider`; the provider's name unless that is taken")
    ]
    name: Required[Annotated[Name, Field(description="Display name")]]
    provider: Required[Annotated[str, OneOf(PROVIDERS), Field(description="The kind of provider")]]


@with_config(STRICT)
class NewApp(NewAppHead, AppSettings):
    """An application that is registered with a provider."""


@with_config(STRICT)
class AppChangeHead(TypedDict, total=False):
    """What comes first in a change of an application."""

    name: Annotated[Name, Field(description="Display name")]
    provider: Annotated[str, OneOf(PROVIDERS), Field(description="The kind of provider")]


@with_config(STRICT)
class AppChange(AppChangeHead, AppSettings):
    """A change of an application: what is not named stays, an empty text clears."""


@with_config(STRICT)
class AppTrial(TypedDict, total=False):
    """How an application is to be tried."""

    account: Annotated[
        AccountId | None,
        Field(description="An account of the application; for a service, the address of any mailbox will do"),
    ]
    testConnection: Annotated[Flag, Field(description="Sign in to IMAP with the token; true by default")]
