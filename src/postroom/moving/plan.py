"""The plan of a move: what goes over, what is there already, what waits for a person, what has no counterpart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from postroom.clock import from_iso
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.schemas.requests.accounts import NewAccount
from postroom.schemas.requests.oauth2 import NewApp
from postroom.schemas.requests.settings import SettingsChange
from postroom.words.strangers import take_in

__all__ = [
    "Choices",
    "Destination",
    "Fate",
    "MovePlan",
    "NotATime",
    "PlannedAccount",
    "PlannedApp",
    "Remark",
    "RemarkKind",
]


class Fate(StrEnum):
    """What the move does with an account or an application."""

    GOES = "goes"
    THERE = "there"
    WAITS = "waits"
    """A person must add something first: a password, a consent, the secret of an application."""
    STAYS = "stays"
    """Postroom has nothing like it."""


class RemarkKind(StrEnum):
    """How much a remark matters."""

    PERSON = "person"
    """A person must do something."""
    LOST = "lost"
    """It has no counterpart."""
    DIFFERS = "differs"
    """It goes over, and works in another way."""


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """One thing to know. `cause` groups the remarks of many accounts; `text` is a sentence, with what to do."""

    kind: RemarkKind
    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """One account. `body` registers it with `POST /v1/account`."""

    account: str
    fate: Fate
    body: NewAccount = field(repr=False)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedApp:
    """One OAuth2 application. `body` registers it with `POST /v1/oauth2`."""

    app: str
    fate: Fate
    body: NewApp = field(repr=False)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """What the Postroom has already: the ids of its accounts and applications."""

    accounts: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()


class NotATime(Permanent):
    """The time from which mail is to be announced cannot be read."""

    code = "NotATime"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator chose. Raises NotATime.

    `notify_from` is ISO 8601, and older mail is not announced. None is the time of each registration.

    `accounts` are the only ones to move; None moves all. `settings` False leaves the run-time settings as they are.
    """

    notify_from: str | None = None
    accounts: frozenset[str] | None = None
    settings: bool = True

    def __post_init__(self) -> None:
        """Raise NotATime before anything is planned with a time that no account would take."""
        if self.notify_from is not None:
            try:
                from_iso(self.notify_from)
            except (ValueError, OverflowError):
                raise NotATime(
                    f"{take_in(self.notify_from)!r} is no time in ISO 8601: write it as 2026-01-31T12:00:00Z."
                ) from None


@dataclass(frozen=True, slots=True)
class MovePlan:
    """The whole move, in the order in which it is carried out: settings, applications, accounts.

    `remarks` are about the settings and about what is neither an account nor an application.
    """

    settings: SettingsChange = field(repr=False)
    apps: tuple[PlannedApp, ...]
    accounts: tuple[PlannedAccount, ...]
    remarks: tuple[Remark, ...] = ()

    def counts(self) -> Mapping[Fate, int]:
        """Return how many accounts have each fate."""
        return {fate: sum(each.fate is fate for each in self.accounts) for fate in Fate}
