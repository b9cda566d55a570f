"""The types of requests about accounts: bodies and query strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Required

from pydantic import BaseModel, BeforeValidator, Field, model_validator, with_config
from typing_extensions import TypeAliasType, TypedDict

from postroom.accounts.lifecycle import Health, State
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
    Field(description=f"Your own pairs of text, at most {MAX_METADATA}; the list can filter by them"),
]
CustomHeaders = Annotated[
    list[CustomHeader],
    BeforeValidator(lambda value: [] if value is None or value == "" else value),
    Field(description="Headers sent with this account's webhooks; their values are never shown again"),
]
IndexerName = TypeAliasType("IndexerName", Literal["full", "fast"])
ExistingRule = TypeAliasType("ExistingRule", Literal["refuse", "update"])
Indexer = Annotated[IndexerName | None, BeforeValidator(lambda value: None if value == "" else value)]


@with_config(STRICT)
class Settings(TypedDict, total=False):
    """Fields that POST and PUT share."""

    email: Annotated[OptionalEmail, Field(description="Default From address; the account id by default")]
    expectedEmail: Annotated[OptionalEmail, Field(description="The identity an interactive sign-in must have")]
    path: Annotated[
        MailboxPaths, Field(description="Folders to watch, as paths or as roles such as `\\Sent`; all by default")
    ]
    subconnections: Annotated[SubconnectionPaths, Field(description="Folders that each get an extra connection")]
    webhooks: Annotated[WebhookUrl, Field(description="The URL for this account's events, instead of the global one")]
    webhooksCustomHeaders: CustomHeaders
    copy: Annotated[
        OptionalFlag,
        Field(description="Whether to keep a copy of sent mail in the Sent folder; stored, but not used yet"),
    ]
    logs: Annotated[Flag, Field(description="Whether a protocol log is kept, for `GET /v1/logs/{account}`")]
    notifyFrom: Annotated[
        Moment, Field(description="Mail older than this is not announced; by default the time of registration")
    ]
    syncFrom: Annotated[Moment, Field(description="Stored for older clients; it has no effect")]
    proxy: Annotated[
        ProxyUrl,
        Field(description="The proxy to reach the mail servers through: http, socks4, socks4a or socks5"),
    ]
    smtpEhloName: Annotated[EhloName, Field(description="The name sent in EHLO; by default the machine's")]
    locale: Annotated[
        ShortText, Field(description="The language of the hosted sign-in pages for this account, such as `de`")
    ]
    tz: Annotated[ShortText, Field(description="Time zone such as `Europe/Tallinn`; stored, but not used yet")]
    metadata: Metadata


@with_config(STRICT)
class NewAccountHead(TypedDict, total=False):
    """The first fields of a registration."""

    account: Required[Annotated[AccountId | None, Field(description="Your id for the account; null generates one")]]
    name: Required[Annotated[Name, Field(description="Display name")]]
    imap: ImapBlock
    smtp: SmtpBlock
    oauth2: OAuth2Block


@with_config(STRICT)
class NewAccount(NewAccountHead, Settings, total=False):
    """An account to register. It needs `imap` or `oauth2`; with `smtp` alone it only sends."""

    imapIndexer: Annotated[Indexer, Field(description="How thoroughly changes are detected")]


@with_config(STRICT)
class AccountChangeHead(TypedDict, total=False):
    """The first fields of a change of an account."""

    name: Annotated[Name, Field(description="Display name")]
    imap: ImapChangeBlock
    smtp: SmtpChangeBlock
    oauth2: OAuth2ChangeBlock


@with_config(STRICT)
class AccountChange(AccountChangeHead, Settings, total=False):
    """A change of an account. Absent fields stay."""


class RegisterQuery(BaseModel):
    """Parameters of a registration."""

    model_config = QUERY
    upsert: OptionalFlag = Field(
        None, description="Update the account if the id is taken; by default as `registerExisting` in the settings says"
    )
    verify: Flag = Field(False, description="Sign in first; store nothing if that fails")


class ChangeQuery(BaseModel):
    """Parameters of a change."""

    model_config = QUERY
    verify: Flag = Field(False, description="Sign in with the new settings first; change nothing if that fails")


class DetailQuery(BaseModel):
    """Parameters of reading one account."""

    model_config = QUERY
    quota: Flag = Field(
        False, description="Also ask the mail server for the storage quota; its answer is cached for a minute"
    )


class RemovalQuery(BaseModel):
    """Parameters of a removal."""

    model_config = QUERY
    revoke: Flag = Field(False, description="Also revoke the OAuth2 grant, if the provider supports that")


class AccountsQuery(BaseModel):
    """Which accounts to list. `metadata.KEY=VALUE` filters by metadata and may be repeated."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    state: State | None = Field(None, description="Only accounts in this state")
    health: Health | None = Field(None, description="Only accounts of this health")
    provider: SearchText = Field(
        "", description="Only accounts with this mail server's host, or of the OAuth2 application with this id"
    )
    query: SearchText = Field("", description="Only accounts with this text in id, name or e-mail address")
    metadata: dict[SearchText, SearchText] = Field(default_factory=dict, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _gather_metadata(cls, sent: Mapping[str, object]) -> Mapping[str, object]:
        """Move `metadata.KEY` parameters into one dictionary; an empty `state` or `health` means any."""
        plain = {name: value for name, value in sent.items() if not name.startswith(_METADATA_PREFIX)}
        pairs = {name.removeprefix(_METADATA_PREFIX): sent[name] for name in sent if name.startswith(_METADATA_PREFIX)}
        for name in ("state", "health"):
            if plain.get(name) in ("", "*"):
                del plain[name]
        return {**plain, "metadata": pairs} if pairs else plain
