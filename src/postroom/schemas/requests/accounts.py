"""What requests about accounts may hold: bodies and query strings."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Required

from pydantic import BaseModel, BeforeValidator, Field, model_validator, with_config
from typing_extensions import TypeAliasType, TypedDict

from postroom.accounts.lifecycle import State
from postroom.schemas.fields import (
    AccountId,
    AtMost,
    EhloName,
    Flag,
    HeaderName,
    HeaderValue,
    MailboxPaths,
    Moment,
    Name,
    OptionalEmail,
    OptionalFlag,
    ProxyUrl,
    SearchText,
    ShortText,
    SubconnectionPaths,
    WebhookUrl,
)
from postroom.schemas.protocols import (
    ImapBlock,
    ImapChangeBlock,
    OAuth2Block,
    OAuth2ChangeBlock,
    SmtpBlock,
    SmtpChangeBlock,
)
from postroom.schemas.requests.queries import QUERY, STRICT, Page, PageSize

MAX_METADATA = 50
_METADATA_PREFIX = "metadata."


@with_config(STRICT)
class CustomHeader(TypedDict, total=False):
    """A header sent with every webhook."""

    key: Required[HeaderName]
    value: Annotated[HeaderValue, BeforeValidator(lambda value: "" if value is None else value)]


MetadataName = Annotated[SearchText, Field(min_length=1, max_length=128)]
MetadataValue = Annotated[SearchText, Field(max_length=1024)]
Metadata = Annotated[
    dict[MetadataName, MetadataValue],
    AtMost(MAX_METADATA, "pairs"),
    BeforeValidator(lambda value: {} if value is None or value == "" else value),
    Field(description=f"Text of your own, up to {MAX_METADATA} pairs; the list filters by it"),
]
CustomHeaders = Annotated[
    list[CustomHeader],
    BeforeValidator(lambda value: [] if value is None or value == "" else value),
    Field(description="Headers sent with this account's webhooks; values are never shown again"),
]
IndexerName = TypeAliasType("IndexerName", Literal["full", "fast"])
Indexer = Annotated[IndexerName | None, BeforeValidator(lambda value: None if value == "" else value)]


@with_config(STRICT)
class Settings(TypedDict, total=False):
    """What POST and PUT have in common."""

    email: Annotated[OptionalEmail, Field(description="Default From address; the account id unless given")]
    expectedEmail: Annotated[OptionalEmail, Field(description="The identity an interactive sign-in must have")]
    path: Annotated[MailboxPaths, Field(description="Folders to watch, all unless given; `\\Sent` and such work too")]
    subconnections: Annotated[SubconnectionPaths, Field(description="Folders to watch on connections of their own")]
    webhooks: Annotated[WebhookUrl, Field(description="Where this account's events go instead of the global URL")]
    webhooksCustomHeaders: CustomHeaders
    copy: Annotated[OptionalFlag, Field(description="Kept and shown: a copy of sent mail in the Sent folder")]
    logs: Annotated[Flag, Field(description="Kept and shown; no log is written yet")]
    notifyFrom: Annotated[Moment, Field(description="Older mail is not announced; the time of creation unless given")]
    syncFrom: Annotated[Moment, Field(description="Kept for older clients")]
    proxy: Annotated[
        ProxyUrl,
        Field(description="The proxy to reach the mail servers through: http, socks4, socks4a or socks5"),
    ]
    smtpEhloName: Annotated[EhloName, Field(description="The name said in EHLO; the machine's unless given")]
    locale: Annotated[ShortText, Field(description="Kept and shown; nothing uses it yet")]
    tz: Annotated[ShortText, Field(description="Time zone, as Europe/Tallinn; kept and shown, nothing uses it yet")]
    metadata: Metadata


@with_config(STRICT)
class NewAccountHead(TypedDict, total=False):
    """What comes first in a registration."""

    account: Required[Annotated[AccountId | None, Field(description="Your id for the account; null to have one made")]]
    name: Required[Annotated[Name, Field(description="Display name")]]
    imap: ImapBlock
    smtp: SmtpBlock
    oauth2: OAuth2Block


@with_config(STRICT)
class NewAccount(NewAccountHead, Settings, total=False):
    """An account to register. Either `imap` or `oauth2` is required; `imap: false` with `smtp` only sends."""

    imapIndexer: Annotated[Indexer, Field(description="How thoroughly changes are noticed")]


@with_config(STRICT)
class AccountChangeHead(TypedDict, total=False):
    """What comes first in a change of an account."""

    name: Annotated[Name, Field(description="Display name")]
    imap: ImapChangeBlock
    smtp: SmtpChangeBlock
    oauth2: OAuth2ChangeBlock


@with_config(STRICT)
class AccountChange(AccountChangeHead, Settings, total=False):
    """A change of an account: what is not named stays."""


class RegisterQuery(BaseModel):
    """Parameters of a registration."""

    model_config = QUERY
    upsert: Flag = Field(False, description="Update the account if the id is taken")
    verify: Flag = Field(False, description="Sign in first; store nothing if that fails")


class ChangeQuery(BaseModel):
    """Parameters of a change."""

    model_config = QUERY
    verify: Flag = Field(False, description="Sign in with the new settings first; change nothing if that fails")


class DetailQuery(BaseModel):
    """Parameters of a look at one account."""

    model_config = QUERY
    quota: Flag = Field(
        False, description="Ask the mail server for the storage quota too; an answer counts for a minute"
    )


class RemovalQuery(BaseModel):
    """Parameters of a removal."""

    model_config = QUERY
    revoke: Flag = Field(False, description="Also give back the OAuth2 grant, where that is possible")


class AccountsQuery(BaseModel):
    """Which accounts to list. `metadata.KEY=VALUE` filters by metadata, any number of times."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    state: State | None = Field(None, description="Only accounts in this state")
    query: SearchText = Field("", description="Only accounts with this text in id, name or e-mail address")
    metadata: dict[SearchText, SearchText] = Field(default_factory=dict, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _gather_metadata(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """Move `metadata.KEY` parameters into one dictionary; an empty `state` means any."""
        plain = {name: value for name, value in sent.items() if not name.startswith(_METADATA_PREFIX)}
        pairs = {name.removeprefix(_METADATA_PREFIX): sent[name] for name in sent if name.startswith(_METADATA_PREFIX)}
        if plain.get("state") in ("", "*"):
            del plain["state"]
        return {**plain, "metadata": pairs} if pairs else plain
