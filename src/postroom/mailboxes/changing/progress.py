"""Keeps count of a change in steps, so that an error in the middle says what was done and what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import (
    ChangeCutShort,
    ChangeRefused,
    ChangeTimedOut,
    Done,
    MessageNotFound,
    ServerRefused,
    TimedOut,
)
from postroom.sessions.failures import SessionFailed

__all__ = ["ChangeProgress", "truthful"]


@dataclass(slots=True)
class ChangeProgress:
    """How far a change came, in messages; the counts are those of `Done`.

    `touched` are the paths of folders that the sync has not been told of yet.
    """

    total: int = 0
    done: int = 0
    unsure: int = 0
    copied: int = 0
    moved: list[tuple[str, str]] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    @property
    def has_begun(self) -> bool:
        """Whether the server was told to change anything."""
        return bool(self.done or self.unsure or self.copied)

    def sending(self, count: int) -> None:
        """Note that a command that changes so many messages is about to be sent."""
        self.unsure = count

    def hinted(self, paths: Iterable[str]) -> None:
        """Note that the sync was told to look at these folders."""
        told = set(paths)
        self.touched = [path for path in self.touched if path not in told]

    def refused(self) -> None:
        """Note that the server refused this command, and that it changed nothing."""
        self.unsure = 0

    def answered(self) -> None:
        """Note that the server carried the command out."""
        self.done, self.unsure = self.done + self.unsure, 0

    def told(self) -> Done:
        """How far it came."""
        return Done(self.total, self.done, self.unsure, self.copied, tuple(self.moved))


@contextmanager
def truthful(progress: ChangeProgress) -> Iterator[None]:
    """Within the block, turn an error that says "nothing happened" into one that says what was done.

    It must surround the visit, because the visit turns the end of the time into TimedOut. Raises ChangeTimedOut,
    ChangeCutShort and ChangeRefused, and MessageNotFound when the only message went away. Other errors before
    the change began pass through.
    """
    try:
        yield
    except TimedOut as error:
        if progress.has_begun:
            raise ChangeTimedOut(error.ttl, progress.told()) from error
        raise
    except SessionFailed as error:
        if progress.has_begun:
            raise ChangeCutShort(error.message or error.code, progress.told()) from error
        raise
    except ServerRefused as error:
        if not progress.has_begun:
            if error.code == "EXPUNGEISSUED" and progress.total == 1:
                # Another program took the message at this moment (RFC 5530).
                raise MessageNotFound from error
            raise
        if error.status == "BYE":
            raise ChangeCutShort(error.message, progress.told()) from error
        raise ChangeRefused(error, progress.told()) from error
