"""The values of what follows a sent message: a task, the message it is for, and what came of it. Pure."""

from __future__ import annotations

from dataclasses import field

from postroom.accounts.settings.values import AccountSettings
from postroom.footprint.dataclass import dataclass
from postroom.submission.model import CopyState, MessageState, TaskKind
from postroom.submission.plan import SendingPlan

__all__ = [
    "CopyGivenUp",
    "CopyStored",
    "FollowedMessage",
    "FollowingTask",
    "FoundInSentMail",
    "NothingLeft",
    "Postponed",
    "TaskOutcome",
]


@dataclass(frozen=True, slots=True)
class FollowingTask:
    """A claimed task. `attempts` counts this attempt. `size` is that of the message in octets."""

    submission: int
    kind: TaskKind
    attempts: int
    account_key: int
    account: str
    size: int


@dataclass(frozen=True, slots=True)
class FollowedMessage:
    """The message of a task, and the settings of its account.

    `copied` is None when no copy is wanted. `was_sent_before`: a server took it for some recipients at a time when the
    answer for others was lost, or earlier.
    """

    id: int
    queue_id: str
    account_key: int
    account: str
    message_id: str
    sent_as: str | None
    sender: str
    plan: SendingPlan
    state: MessageState
    copied: CopyState | None
    created_at: int
    attempted_at: int | None
    finished_at: int | None
    was_sent_before: bool
    settings: AccountSettings = field(repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """The Message-IDs that the message may have."""
        return (self.message_id,) if self.sent_as is None else (self.message_id, self.sent_as)

    @property
    def sent_at(self) -> int:
        """When it was sent, or when that was last tried, in milliseconds since 1970 UTC."""
        return self.attempted_at or self.finished_at or self.created_at

    @property
    def follows_since(self) -> int:
        """When the tasks of the message began."""
        return self.finished_at or self.sent_at


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """The task is done, or there is nothing to do any more."""


@dataclass(frozen=True, slots=True)
class CopyStored:
    """The copy is in this folder."""

    path: str


@dataclass(frozen=True, slots=True)
class CopyGivenUp:
    """There is no copy, and nobody tries to store one any more. `folder` is a path or role."""

    folder: str
    error: str


@dataclass(frozen=True, slots=True)
class FoundInSentMail:
    """An unknown message is in sent mail, so a server took it. `message` is its id there."""

    message: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """The task is due again at `until` (milliseconds since 1970). `error` says why, None when nothing is wrong.

    `whole_account`: all tasks of the account would meet the same.
    """

    until: int
    error: str | None = None
    whole_account: bool = False


TaskOutcome = NothingLeft | CopyStored | CopyGivenUp | FoundInSentMail | Postponed
