"""The shapes that leave the accounts room: rows as frozen dataclasses, and the errors its services raise. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from postroom.accounts.lifecycle import Health, State, Trigger, health
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings, Listed
from postroom.errors import Permanent, Transient, Unauthorized

Told: TypeAlias = dict[str, Any]
"""A JSON object that is stored and shown as it is (`lastError`, `server`, `sync`): nothing is decided by it."""


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
    """The narrow row: enough for a list, of which a page makes many, so it is the kind of object quickest to make."""

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

    @property
    def tag(self) -> str:
        """What a change may be made to depend on: this version of this account, not of another one of the same id."""
        return f"{self.key}-{self.version}"

    @property
    def next_tag(self) -> str:
        """The tag after one more change."""
        return f"{self.key}-{self.version + 1}"

    @property
    def stopped(self) -> bool:
        """Nothing will be tried until somebody acts: held by an operator, given up, or without a protocol."""
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
    """Everything GET tells: the row, the masked settings, what the runner found out, the counters.

    `masked` is the settings document as it is stored, to be shown; `settings` reads it. `waiting` is there in the state
    `init` alone.
    """

    row: AccountRow
    masked: Document
    last_error: Told | None
    server: Told | None
    sync: Told | None
    counters: dict[str, int]
    metadata: dict[str, str]
    waiting: Waiting | None = None

    @property
    def settings(self) -> AccountSettings:
        """The settings, secrets masked."""
        return settings_of(self.masked)


@dataclass(frozen=True, slots=True)
class ListItem:
    """One line of the account list; `settings` are there, masked, where an account borrows credentials."""

    row: AccountRow
    last_error: Told | None
    counters: dict[str, int]
    listed: Listed
    settings: AccountSettings
    metadata: dict[str, str]
    delegation_error: str | None = None
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `total` counts all that match the filter."""

    total: int
    page: int
    page_size: int
    items: list[Any]

    @property
    def pages(self) -> int:
        """How many pages there are; 0 when nothing matches."""
        return -(-self.total // self.page_size)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What `GET /v1/accounts` may ask for."""

    page: int = 0
    page_size: int = 20
    state: State | None = None
    text: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One state change. `detail` is the error of a failure, in the shape of `lastError`."""

    id: int
    at: int
    state: State
    cause: str
    attempt: int
    detail: Told | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The answer to a registration. `created` is false when an existing account was updated instead: see Updated."""

    account: str
    state: State
    created: bool
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """The answer to a change: the tag of the new version, what was left out, and the fields that lead elsewhere."""

    account: str
    tag: str
    warnings: list[str]
    moved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one runner to write an account's state: void once owner, epoch or revision is another."""

    key: int
    account: str
    owner: str
    epoch: int
    revision: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a runner has to say with a trigger. Times are milliseconds since 1970.

    `error` is the `lastError` object, `fingerprint` what makes two failures the same, `cause` the words for the
    timeline, `row` further runner-owned columns of the narrow row, `status` those of the status row.
    """

    trigger: Trigger
    at: int
    cause: str
    user: str = ""
    error: Told | None = None
    fingerprint: str | None = None
    next_attempt: int | None = None
    row: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
