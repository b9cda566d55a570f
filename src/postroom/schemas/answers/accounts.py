"""What answers tell of accounts and their state changes. Answers are not validated again: see the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.accounts.lifecycle import Health, State
from postroom.schemas.answers.told import LastError, ServerInfo, SyncError, SyncProgress, Time
from postroom.schemas.protocols import Imap, OAuth2, Smtp
from postroom.schemas.requests.accounts import CustomHeader, IndexerName


class Registered(TypedDict):
    """A registration."""

    account: str
    state: State
    created: Annotated[bool, Field(description="False when an existing account was updated instead")]


class Consent(TypedDict):
    """Where to send the person, who registers the account by consenting."""

    redirect: str


class Counters(TypedDict):
    """How many of what since the account exists."""

    sent: int
    received: int
    events: dict[str, int]


class AccountName(TypedDict):
    """What an account is called."""

    account: str
    name: str


class AccountBlocks(TypedDict):
    """How an account reaches its mail; secrets read `******`."""

    imap: NotRequired[Imap]
    smtp: NotRequired[Smtp]
    oauth2: NotRequired[OAuth2]


class Waiting(TypedDict):
    """Why an account is not being connected now."""

    reason: Annotated[str, Field(description="In words, as in the timeline: such as the turn that it waits for")]
    since: Time


class AccountStanding(TypedDict):
    """How an account is doing."""

    email: str
    type: Annotated[
        str, Field(description="`imap`, `sending`, `delegated`, the OAuth2 provider; `invalid` with `delegationError`")
    ]
    state: State
    health: Health
    syncTime: Annotated[
        int | None,
        Field(description="When all was last in step, milliseconds since 1970; within 10 minutes while connected"),
    ]
    lastError: LastError | None
    waiting: Annotated[Waiting | None, Field(description="In the state `init`: what is waited for")]
    counters: Counters
    webhooks: NotRequired[str]
    proxy: NotRequired[str]
    smtpEhloName: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    delegationError: NotRequired[
        Annotated[str, Field(description="In the list: why no credentials can be borrowed from `delegatedAccount`")]
    ]


class ListedAccount(AccountName, AccountStanding):
    """One line of the list of accounts."""


class Quota(TypedDict):
    """The room a mailbox has."""

    usage: Annotated[int, Field(description="Bytes taken")]
    limit: Annotated[int, Field(description="Bytes in all")]
    status: Annotated[str, Field(description="How much is taken, such as `88%`")]


class Account(AccountName, AccountBlocks, AccountStanding):
    """Everything about one account; secrets read `******`."""

    stateSince: Time
    nextAttempt: Annotated[Time | None, Field(description="When the next try to connect is due")]
    connections: Annotated[int, Field(description="Open connections to the mail server")]
    server: Annotated[ServerInfo | None, Field(description="What the mail server told of itself")]
    sync: Annotated[SyncProgress | None, Field(description="How far it has come")]
    syncError: Annotated[SyncError | None, Field(description="The folder that cannot be synced, and why")]
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
            Field(description="Only when asked for: false without a quota, null when it cannot be asked now"),
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
    warnings: NotRequired[Annotated[list[str], Field(description="What of the change was left out, and why")]]


class Removed(TypedDict):
    """A removal."""

    success: bool
    account: str
    deleted: bool
    revoked: NotRequired[
        Annotated[bool, Field(description="With `revoke`: whether the provider took the account's grant back")]
    ]


class SettingChange(TypedDict):
    """One setting that leads elsewhere than before; null where it is not set."""

    field: str
    before: str | None
    after: str | None


class StateChange(TypedDict):
    """One state change, or one change of settings that lead elsewhere: then `state` is the one at that time."""

    id: int
    time: Time
    state: State
    cause: str
    attempt: Annotated[int, Field(description="How many tries have failed in a row")]
    error: NotRequired[LastError]
    changes: NotRequired[Annotated[list[SettingChange], Field(description="Settings that lead elsewhere")]]


class Timeline(TypedDict):
    """A page of state changes, newest first."""

    account: str
    total: int
    page: int
    pages: int
    timeline: list[StateChange]
