"""The `imap`, `smtp` and `oauth2` blocks of an account, as requests may hold them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from postroom.schemas.fields import (
    BearerText,
    Count,
    EhloName,
    Flag,
    Host,
    LoginText,
    Moment,
    OptionalFlag,
    OptionalMailboxPath,
    OrFalse,
    PageUrl,
    Port,
    Text,
)

_STRICT = ConfigDict(extra="forbid")
_SECURE = "TLS from the first byte; with false, STARTTLS if offered. By default true on ports 993 and 465"
_PARTIAL = "Change only the fields that are sent; otherwise a block with a server replaces the stored one"

# `pass` is a Python keyword, so this type needs the functional syntax.
Auth = TypedDict(
    "Auth",
    {
        "user": Annotated[LoginText, Field(description="The login name")],
        "pass": Annotated[LoginText, Field(description="The password; never shown again")],
        "accessToken": Annotated[
            Annotated[BearerText, OrFalse()],
            Field(description="An OAuth2 access token instead of a password; you renew it"),
        ],
    },
    total=False,
)
with_config(_STRICT)(Auth)


@with_config(_STRICT)
class Tls(TypedDict, total=False):
    """How TLS is used with one server."""

    rejectUnauthorized: Annotated[Flag, Field(description="Whether the certificate must be valid; true by default")]
    minVersion: Annotated[
        Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], Field(description="The oldest accepted version")
    ]
    allowPlaintext: Annotated[
        Flag, Field(description="Sign in even without encryption; only for a network that you trust")
    ]
    servername: Annotated[
        EhloName, Field(description="The name in the server's certificate, if it is not `host`; also sent as SNI")
    ]


@with_config(_STRICT)
class Imap(TypedDict, total=False):
    """An IMAP server and the credentials for it."""

    host: Annotated[Host, Field(description="Host name or IP address")]
    port: Annotated[Port, Field(description="Usually 993 for TLS, 143 for STARTTLS")]
    secure: Annotated[OptionalFlag, Field(description=_SECURE)]
    auth: Annotated[Auth, OrFalse(), Field(description="Who signs in")]
    useAuthServer: Annotated[Flag, Field(description="Fetch the credentials from the authentication server")]
    tls: Annotated[Tls, Field(description="TLS settings")]
    resyncDelay: Annotated[
        Count, Field(description="Seconds between full checks, at least 10; by default POSTROOM_RESYNC_INTERVAL")
    ]
    disabled: Annotated[Flag, Field(description="Keep the settings, but do not connect")]
    disableIMAP4rev2: Annotated[Flag, Field(description="Do not use IMAP4rev2, even if the server offers it")]
    sentMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for sent mail")]
    draftsMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for drafts")]
    junkMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for junk")]
    trashMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for deleted mail")]
    archiveMailPath: Annotated[OptionalMailboxPath, Field(description="The folder for archived mail")]


@with_config(_STRICT)
class ImapChange(Imap, total=False):
    """A change of the IMAP settings."""

    partial: Annotated[Flag, Field(description=_PARTIAL)]


@with_config(_STRICT)
class Smtp(TypedDict, total=False):
    """An SMTP server and the credentials for it."""

    host: Annotated[Host, Field(description="Host name or IP address")]
    port: Annotated[Port, Field(description="Usually 465 for TLS, 587 for STARTTLS")]
    secure: Annotated[OptionalFlag, Field(description=_SECURE)]
    auth: Annotated[Auth, OrFalse(), Field(description="Who signs in")]
    useAuthServer: Annotated[Flag, Field(description="Fetch the credentials from the authentication server")]
    tls: Annotated[Tls, Field(description="TLS settings")]
    disabled: Annotated[Flag, Field(description="Keep the settings, but do not use them")]


@with_config(_STRICT)
class SmtpChange(Smtp, total=False):
    """A change of the SMTP settings."""

    partial: Annotated[Flag, Field(description=_PARTIAL)]


@with_config(_STRICT)
class OAuth2User(TypedDict, total=False):
    """Whose mailbox it is."""

    user: Annotated[LoginText, Field(description="The login name of the mailbox, usually its e-mail address")]
    delegatedUser: Annotated[LoginText, Field(description="A shared mailbox to open with the user's token")]
    delegatedAccount: Annotated[LoginText, Field(description="The account whose credentials open `delegatedUser`")]


@with_config(_STRICT)
class OAuth2(TypedDict, total=False):
    """Sign-in with OAuth2 access tokens."""

    provider: Annotated[Text, Field(description="The id of an OAuth2 application, such as `gmail`")]
    enabled: Annotated[Flag, Field(description="Whether it is used; true by default")]
    auth: Annotated[OAuth2User, Field(description="Whose mailbox it is")]
    accessToken: Annotated[BearerText, Field(description="The access token; never shown again")]
    refreshToken: Annotated[BearerText, Field(description="The refresh token; never shown again")]
    expires: Annotated[Moment, Field(description="When the access token expires")]
    generated: Annotated[Moment, Field(description="When the access token was issued")]
    useAuthServer: Annotated[Flag, Field(description="Fetch access tokens from the authentication server")]
    authority: Annotated[Text, Field(description="Stored for older clients; it has no effect")]


@with_config(_STRICT)
class NewOAuth2(OAuth2, total=False):
    """Sign-in of a new account with OAuth2: with tokens, or by a consent that the person has yet to give."""

    authorize: Annotated[Flag, Field(description="Answer with the link where the person gives the consent")]
    redirectUrl: Annotated[PageUrl, Field(description="Where the browser goes after the consent")]


@with_config(_STRICT)
class OAuth2Change(OAuth2, total=False):
    """A change of the OAuth2 settings."""

    partial: Annotated[Flag, Field(description=_PARTIAL)]


ImapBlock = Annotated[Imap, OrFalse()]
SmtpBlock = Annotated[Smtp, OrFalse()]
TriedOAuth2Block = Annotated[OAuth2, OrFalse()]
OAuth2Block = Annotated[NewOAuth2, OrFalse()]
ImapChangeBlock = Annotated[ImapChange, OrFalse()]
SmtpChangeBlock = Annotated[SmtpChange, OrFalse()]
OAuth2ChangeBlock = Annotated[OAuth2Change, OrFalse()]
