"""The types of answers about accounts, for the OpenAPI document; answers themselves are not validated."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.accounts.lifecycle import Health, State
from postroom.schemas.answers.mail.outbox import Held
from postroom.schemas.protocols import Imap, OAuth2, Smtp
from postroom.schemas.requests.accounts import CustomHeader, IndexerName
from postroom.schemas.told import LastError, ServerInfo, SyncError, SyncProgress, Time


class Registered(TypedDict):
    """A registration."""

    account: str
    state: State
    created: Annotated[bool, Field(description="False when an existing account was updated instead")]


class Consent(TypedDict):
    """The link for the person. Giving the consent there registers the account."""

    redirect: str


class Counters(TypedDict):
    """Counts of messages and events since the account was registered."""

    sent: int
    received: int
    events: dict[str, int]


class AccountName(TypedDict):
    """The id and the name of an account."""

    account: str
    name: str


class AccountBlocks(TypedDict):
    """The mail servers and sign-in settings of an account. Secrets are shown as `******`."""

    imap: NotRequired[Imap]
    smtp: NotRequired[Smtp]
    oauth2: NotRequired[OAuth2]


class Waiting(TypedDict):
    """Why an account is waiting to be connected."""

    reason: Annotated[str, Field(description="The reason in words, as in the timeline")]
    since: Time


class AccountStanding(TypedDict):
    """The state of an account."""

    email: str
    type: Annotated[
        str,
        Field(description="`imap`, `sending`, `delegated` or the OAuth2 provider; `invalid` with `delegationError`"),
    ]
    app: NotRequired[
        Annotated[str, Field(description="The id of the OAuth2 application that the account signs in with")]
    ]
    state: State
    health: Health
    syncTime: Annotated[
        int | None,
        Field(
            description="When all was last in sync, in milliseconds since 1970; under 10 minutes old while connected"
        ),
    ]
    lastError: LastError | None
    waiting: Annotated[Waiting | None, Field(description="In the state `init`: what the account waits for")]
    counters: Counters
    webhooks: NotRequired[str]
    proxy: NotRequired[str]
    smtpEhloName: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    delegationError: NotRequired[
        Annotated[str, Field(description="Only in the list: why the credentials of `delegatedAccount` cannot be used")]
    ]


class ListedAccount(AccountName, AccountStanding):
    """One line of the list of accounts."""


class Quota(TypedDict):
    """The storage quota of a mailbox."""

    usage: Annotated[int, Field(description="Bytes used")]
    limit: Annotated[int, Field(description="Bytes in total")]
    status: Annotated[str, Field(description="The share in use, such as `88%`")]


class SmtpStatus(TypedDict):
    """The result of the last attempt to send."""

    status: Literal["ok", "error"]
    created: Time
    response: Annotated[str, Field(description="The words of the server, or Postroom's when it said nothing")]
    responseCode: Annotated[int | None, Field(description="The reply code of the server")]
    code: Annotated[str | None, Field(description="A code of Postroom's, such as `EAUTH`")]
    command: Annotated[str | None, Field(description="The SMTP command that failed")]
    description: Annotated[str | None, Field(description="What to do, in one sentence")]


class AccountSending(TypedDict):
    """How the sending of the account stands."""

    paused: Annotated[bool, Field(description="Whether it is paused by `PUT …/sending`")]
    held: Annotated[Held | None, Field(description="Until when its mail server wants nothing of it, and why")]


class Account(AccountName, AccountBlocks, AccountStanding):
    """Everything about one account. Secrets are shown as `******`."""

    stateSince: Time
    nextAttempt: Annotated[Time | None, Field(description="When the next attempt to connect is due")]
    connections: Annotated[int, Field(description="Open connections to the mail server")]
    server: Annotated[ServerInfo | None, Field(description="What the mail server reported about itself")]
    sync: Annotated[SyncProgress | None, Field(description="The progress of the sync")]
    syncError: Annotated[SyncError | None, Field(description="The folder that cannot be synced, and why")]
    baseScopes: NotRequired[
        Annotated[Literal["imap"], Field(description="With OAuth2: the protocol that the access tokens are for")]
    ]
    smtpStatus: Annotated[
        SmtpStatus | None, Field(description="The result of the last attempt to send; null before it")
    ]
    sending: AccountSending
    created: Time
    notifyFrom: Time | None
    syncFrom: Time | None
    path: list[str]
    copy: bool | None
    logs: bool
    imapIndexer: IndexerName
    expectedEmail: NotRequired[str]
    subconnections: NotRequired[list[str]]
    webhooksCustomHeaders: NotRequired[list[CustomHeader]]
    locale: NotRequired[str]
    tz: NotRequired[str]
    sendOnly: NotRequired[bool]
    quota: NotRequired[
        Annotated[
            Quota | Literal[False] | None,
            Field(
                description="Only with `quota=true`: false without a quota, null when the server cannot be asked now"
            ),
        ]
    ]


class AccountsPage(TypedDict):
    """A page of accounts."""

    total: int
    page: int
    pages: int
    query: str | Literal[False]
    state: Annotated[str, Field(description="The filter, `*` for none")]
    accounts: list[ListedAccount]


class Changed(TypedDict):
    """A change."""

    success: bool
    account: str
    warnings: NotRequired[Annotated[list[str], Field(description="What was not applied, and why")]]


class Removed(TypedDict):
    """A removal."""

    success: bool
    account: str
    deleted: bool
    revoked: NotRequired[
        Annotated[bool, Field(description="With `revoke`: whether the provider revoked the account's grant")]
    ]


class SettingChange(TypedDict):
    """A changed setting that decides which hosts, credentials or receivers are used; null where it is not set."""

    field: str
    before: str | None
    after: str | None


class StateChange(TypedDict):
    """A state change, or a change of settings with `changes`. Then `state` is the state at that time."""

    id: int
    time: Time
    state: State
    cause: str
    attempt: Annotated[int, Field(description="How many attempts have failed in a row")]
    error: NotRequired[LastError]
    changes: NotRequired[Annotated[list[SettingChange], Field(description="The changed settings")]]


class Timeline(TypedDict):
    """A page of state changes, newest first."""

    account: str
    total: int
    page: int
    pages: int
    timeline: list[StateChange]
