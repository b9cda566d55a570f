"""The values that the accounts room returns: rows as frozen dataclasses, and the errors of its services. Pure."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any, NamedTuple

from postroom.accounts.known.details import Detail
from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import SyncTold
from postroom.accounts.lifecycle import Facts, Health, State, Trigger, health
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings, Listed
from postroom.errors import Permanent, Transient, Unauthorized
from postroom.footprint.dataclass import dataclass


class AccountNotFound(Permanent):
    """Account record was not found for requested ID"""

    code = "AccountNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class AccountExists(Permanent):
    """An account with this id, or for this OAuth2 user, exists already; `existing` is its id."""

    code = "AccountAlreadyExists"

    def __init__(self, message: str, existing: str) -> None:
        super().__init__(message)
        self.existing = existing


class InvalidAccount(Permanent):
    """The settings cannot work; `problems` names every reason. Nothing was stored."""

    code = "InvalidInput"

    def __init__(self, problems: list[Problem], message: str = "Invalid input") -> None:
        super().__init__(message)
        self.problems = problems


class VersionMismatch(Permanent):
    """The account was changed since it was read; read it again and repeat the change."""

    code = "PreconditionFailed"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class NotConnected(Transient):
    """The account has no live connection now, and the request needs one."""

    code = "NoAvailable"

    def __init__(self, state: State) -> None:
        codes = {
            State.INIT: "NotYetConnected",
            State.AUTHENTICATION_ERROR: "AuthenticationFails",
            State.CONNECT_ERROR: "ConnectionError",
            State.UNSET: "NotSyncing",
        }
        super().__init__(
            f"The account is not connected now (state {state.value}).", code=codes.get(state), retry_after=5.0
        )
        self.state = state


class NoCredentials(Unauthorized):
    """The account has nothing to sign in with; the message says what is missing."""

    code = "CredentialsMissing"


class AccountRow(NamedTuple):
    """The narrow row, which is enough for a list. A page has many, so it is a NamedTuple, which is quick to make."""

    key: int
    account: str
    name: str
    email: str
    type: str
    created_at: int
    wanted: str
    revision: int
    version: int
    parked_revision: int | None
    state: State
    state_since: int
    failures: int
    next_attempt: int | None
    sync_time: int | None
    connections: int
    host: str = ""

    @property
    def tag(self) -> str:
        """The entity tag: it identifies this version of this account, even if another had the same id before."""
        return f"{self.key}-{self.version}"

    @property
    def next_tag(self) -> str:
        """The tag after one more change."""
        return f"{self.key}-{self.version + 1}"

    @property
    def stopped(self) -> bool:
        """Whether nothing is tried until an operator or owner acts: paused, given up, or without a protocol."""
        return self.wanted == "stopped" or self.parked_revision == self.revision

    @property
    def health(self) -> Health:
        """The state in one word."""
        return health(self.state, self.failures, stopped=self.stopped)


class Waiting(NamedTuple):
    """Why an account in `init` is not being connected, in words, and since when."""

    reason: str
    since: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """The content of a GET: the row, the masked settings, the findings of the runner, the counters.

    `masked` is the stored settings document, to be shown; `settings` is its value. `waiting` is set only in the state
    `init`.
    """

    row: AccountRow
    masked: Document
    last_error: LastError | None
    server: ServerTold | None
    sync: SyncTold | None
    counters: dict[str, int]
    metadata: dict[str, str]
    waiting: Waiting | None = None

    @property
    def settings(self) -> AccountSettings:
        """The settings, with masked secrets."""
        return settings_of(self.masked)


class ListItem(NamedTuple):
    """One line of the account list. `settings` are set, and masked, if the account borrows credentials."""

    row: AccountRow
    last_error: LastError | None
    counters: dict[str, int]
    listed: Listed
    settings: AccountSettings
    metadata: dict[str, str]
    delegation_error: str | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `total` counts all matches of the filter."""

    total: int
    page: int
    page_size: int
    items: list[Any]

    @property
    def pages(self) -> int:
        """The number of pages; 0 when nothing matches."""
        return -(-self.total // self.page_size)


class AccountOrder(StrEnum):
    """What a list of accounts is ordered by."""

    ACCOUNT = "account"
    NAME = "name"
    EMAIL = "email"
    SINCE = "since"
    CREATED = "created"


class AccountPlace(NamedTuple):
    """Where an account has its mail: its type, and the host of its server, which is empty if its settings name none."""

    type: str
    host: str


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The filters, the order and the page of a list of accounts.

    `places` and `names` (ids) match an account that is in them; None leaves that filter out. `provider` is the host of
    the mail server or the type, which is the id of the application for OAuth2 accounts.
    """

    page: int = 0
    page_size: int = 20
    state: State | None = None
    text: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    health: Health | None = None
    places: tuple[AccountPlace, ...] | None = None
    names: tuple[str, ...] | None = None
    provider: str | None = None
    order: AccountOrder = AccountOrder.ACCOUNT
    descending: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A state change, or a note of changed settings."""

    id: int
    at: int
    state: State
    cause: str
    attempt: int
    detail: Detail | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration. `created` is false if an existing account was updated instead, see Updated."""

    account: str
    state: State
    created: bool
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """The answer to a change: the new tag, what was left out, and the fields that lead elsewhere."""

    account: str
    tag: str
    warnings: list[str]
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one runner to write an account's state. It is void once owner, epoch or revision has changed."""

    key: int
    account: str
    owner: str
    epoch: int
    revision: int


@dataclass(frozen=True, slots=True)
class StoredStanding:
    """What is stored of an account between two steps: the facts for the state table, and since when it has its error.

    Times are milliseconds since 1970.
    """

    facts: Facts
    error_since: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a runner reports with a trigger. Times are milliseconds since 1970.

    `cause` is the text for the timeline. `fingerprint` is equal for failures that count as the same.

    The other members are stored too. None, or False, leaves the stored value as it is. `connections` is the number of
    open connections. `failures` replaces the count of failures. `sync_time` is when the account was last in sync.
    `parks` stops all attempts until somebody acts. `flushed` ends a requested flush.
    """

    trigger: Trigger
    at: int
    cause: str
    user: str = ""
    error: LastError | None = None
    fingerprint: str | None = None
    next_attempt: int | None = None
    connections: int | None = None
    failures: int | None = None
    sync_time: int | None = None
    parks: bool = False
    flushed: bool = False
    server: ServerTold | None = None
    sync: SyncTold | None = None
