"""The progress of an account's sync, and when to write it down. Pure but for its own counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NotRequired, TypedDict

WRITE_EVERY: Final = 1000
"""Milliseconds between two writes of the progress of a long scan."""

MILESTONE_EVERY: Final = 30_000
"""Milliseconds between two notes about it in the account's timeline."""


class Counted(TypedDict):
    """A count: done, and in total."""

    done: int
    total: int


class FolderError(TypedDict):
    """The last error of a folder."""

    path: str
    time: str
    error: str


class LeftOutObject(TypedDict):
    """Folders that are listed but not followed, see `LeftOut`."""

    unusable: int
    beyondLimit: int
    names: list[str]


class Subconnection(TypedDict):
    """A connection for one folder. Its state and `lastError` have the form of an account's."""

    path: str
    state: str
    lastError: Mapping[str, object] | None
    nextAttempt: str | None


class SyncObject(TypedDict):
    """The object that the account shows as `sync`."""

    folders: Counted
    messages: Counted
    error: NotRequired[FolderError]
    unknown: NotRequired[list[str]]
    subconnections: NotRequired[list[Subconnection]]
    unlisted: NotRequired[bool]
    leftOut: NotRequired[LeftOutObject]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Folders that are listed but not followed, and how many: unusable names, and folders beyond the limit.

    A name is unusable if it cannot be sent or stored. `names` are the first of these, as the server writes them.
    """

    unusable: int
    beyond: int
    names: tuple[str, ...] = ()

    def document(self) -> LeftOutObject:
        """The object that the account shows as `sync.leftOut`."""
        return {"unusable": self.unusable, "beyondLimit": self.beyond, "names": list(self.names)}


@dataclass(slots=True)
class Progress:
    """The folders and messages of first scans, done and in total, and the last error of a folder.

    `expected` is the number of messages in each folder that is still to be read. `unknown` are folders that the
    account's settings name and the server does not have. `subconnections` are the extra connections, as
    `extra_connections` reports them. `unlisted` means that the server showed no folders at all. `left_out` are the
    listed folders that are not followed.
    """

    folders_done: int = 0
    folders_total: int = 0
    messages_done: int = 0
    expected: dict[str, int] = field(default_factory=dict)
    error: FolderError | None = None
    unknown: list[str] = field(default_factory=list)
    subconnections: list[Subconnection] = field(default_factory=list)
    unlisted: bool = False
    left_out: LeftOut | None = None
    _written_at: int = 0
    _milestone_at: int | None = None
    _written: SyncObject | None = field(default=None)

    def document(self) -> SyncObject:
        """The object that the account shows as `sync`."""
        shown: SyncObject = {
            "folders": {"done": self.folders_done, "total": self.folders_total},
            "messages": {
                "done": self.messages_done,
                "total": max(sum(self.expected.values()), self.messages_done),
            },
        }
        if self.error is not None:
            shown["error"] = self.error
        if self.unknown:
            shown["unknown"] = self.unknown
        if self.subconnections:
            shown["subconnections"] = list(self.subconnections)
        if self.unlisted:
            shown["unlisted"] = True
        if self.left_out is not None:
            shown["leftOut"] = self.left_out.document()
        return shown

    def forgive(self, path: str) -> None:
        """Forget the error of a folder that is well again."""
        if self.error is not None and self.error["path"] == path:
            self.error = None

    def to_write(self, now: int, *, pressing: bool = False) -> SyncObject | None:
        """Return the object to write now, None if nothing changed or the last write was too recent."""
        shown = self.document()
        is_over = self.folders_done == self.folders_total
        if (
            not self.folders_total
            or shown == self._written
            or (now - self._written_at < WRITE_EVERY and not (pressing or is_over))
        ):
            return None
        return shown

    def written(self, now: int, shown: SyncObject) -> None:
        """Remember the object that was written, and when."""
        self._written_at, self._written = now, shown

    def milestone(self, now: int) -> str | None:
        """Return a note for the timeline, None if no sync is running or the last note is too recent."""
        if self.folders_done >= self.folders_total:
            return None
        if self._milestone_at is None:
            self._milestone_at = now
        if now - self._milestone_at < MILESTONE_EVERY:
            return None
        messages = self.document()["messages"]
        return (
            f"syncing: {messages['done']} of {messages['total']} messages, "
            f"{self.folders_done} of {self.folders_total} folders"
        )

    def passed_milestone(self, now: int) -> None:
        """Remember when the last note was written to the timeline."""
        self._milestone_at = now
