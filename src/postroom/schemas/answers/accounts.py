"""What answers look like. These types are for the OpenAPI document and the tests; answers are not validated again."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.accounts.lifecycle import Health, State
from postroom.schemas.answers.told import LastError, ServerInfo, SyncError, SyncProgress, Time, TokenRequest
from postroom.schemas.protocols import Imap, OAuth2, Smtp
from postroom.schemas.requests.accounts import CustomHeader, IndexerName
from postroom.schemas.requests.tokens import Permissions, Restrictions


class FieldProblem(TypedDict):
    """One thing wrong with a request."""

    message: str
    key: str


class Error(TypedDict):
    """Any error. `error` and `message` are the same text; further members depend on `code`."""

    error: str
    message: str
    code: str
    statusCode: int
    fields: NotRequired[list[FieldProblem]]
    existingAccount: NotRequired[str]
    state: NotRequired[State]
    protocol: NotRequired[str]
    host: NotRequired[str]
    port: NotRequired[int]
    phase: NotRequired[str]
    response: NotRequired[str]
    serverResponseCode: NotRequired[str]
    advice: NotRequired[str]
    requestedScope: NotRequired[str]
    requiredPermission: NotRequired[dict[str, str]]
    remoteAddress: NotRequired[str | None]
    incident: NotRequired[str]
    success: NotRequired[bool]
    reasons: NotRequired[list[str]]
    authenticationFailed: NotRequired[bool]
    tokenRequest: NotRequired[TokenRequest]
    oldest: NotRequired[int]


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


class ReconnectAnswer(TypedDict):
    """Whether a reconnect was asked for."""

    success: bool
    reconnect: bool
    account: str


class DisconnectAnswer(TypedDict):
    """Whether the account is being stopped."""

    success: bool
    disconnect: bool
    account: str


class SyncAnswer(TypedDict):
    """Whether a sync was asked for."""

    success: bool
    sync: bool
    account: str


class FlushAnswer(TypedDict):
    """Whether what is known of the mailbox is being thrown away."""

    success: bool
    flush: bool
    account: str


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


class Tried(TypedDict):
    """How a try to sign in went."""

    success: bool
    host: str
    port: int
    server: NotRequired[ServerInfo]
    error: NotRequired[str]
    code: NotRequired[str]
    responseText: NotRequired[str]
    phase: NotRequired[str]
    advice: NotRequired[str]
    statusCode: NotRequired[int]


class Mailbox(TypedDict):
    """A folder."""

    path: str
    name: str
    delimiter: str | None
    parentPath: str
    listed: bool
    subscribed: bool
    noInferiors: bool
    specialUse: NotRequired[str]
    specialUseSource: NotRequired[str]


class Verified(TypedDict, total=False):
    """How the tries went; only what was asked for is there."""

    imap: Tried
    smtp: Tried
    mailboxes: list[Mailbox]


class IssuedToken(TypedDict):
    """A new token, shown this once."""

    token: str
    id: str


class TokenUse(TypedDict):
    """When and from where a token was last used."""

    time: Time | None
    ip: str | None


class Token(TypedDict):
    """What is known of a token."""

    id: str
    account: str | None
    description: str
    scopes: list[str]
    created: Time
    expires: Time | None
    access: TokenUse
    metadata: NotRequired[str]
    permissions: NotRequired[Permissions]
    restrictions: NotRequired[Restrictions]
    ip: NotRequired[str]


class TokensPage(TypedDict):
    """A page of tokens."""

    total: int
    page: int
    pages: int
    tokens: list[Token]


class RemovedToken(TypedDict):
    """A removal."""

    success: bool
    id: str
    deleted: bool


class UpdatedSettings(TypedDict):
    """The names of the settings that were changed."""

    updated: list[str]


class Healthy(TypedDict):
    """It works. `warnings` tell what a person should look into."""

    success: bool
    warnings: NotRequired[list[str]]


class ShownSettings(TypedDict, total=False):
    """The settings asked for."""

    webhooksEnabled: bool
    webhooks: str | None
    webhookEvents: list[str]
    webhooksCustomHeaders: list[CustomHeader]
    serviceUrl: str | None
    serviceSecret: Annotated[bool, Field(description="Whether there is one")]
    notifyText: bool
    notifyTextSize: int
    notifyHeaders: list[str]
    notifyAttachments: bool
    notifyAttachmentSize: int
    imapIndexer: IndexerName
    inboxNewOnly: bool
    enableOAuthTokensApi: bool
    authServer: str | None
    pageBrandName: str
    pageLogoUrl: str | None
    locale: str | None
    eventTypes: Annotated[list[str], Field(description="The names of all events")]
