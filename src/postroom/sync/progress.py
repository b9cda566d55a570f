"""The progress of an account's sync, and when to write it down. Pure but for its own counters."""

from __future__ import annotations

from dataclasses import field
from typing import Final

from postroom.accounts.known.sync_told import Counted, FolderError, LeftOut, Subconnection, SyncTold
from postroom.accounts.known.sync_words import progress_in_words
from postroom.footprint.dataclass import dataclass

WRITE_EVERY: Final = 1000
"""Milliseconds between two writes of the progress of a long scan."""

MILESTONE_EVERY: Final = 30_000
"""Milliseconds between two notes about it in the account's timeline."""


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
    _written: SyncTold | None = field(default=None)

    def begins(self, now: int) -> None:
        """Note that a first sync begins. If it ends within a second, its progress is written with its result only."""
        self._written_at = now

    def told(self) -> SyncTold:
        """What the account shows as `sync`."""
        expected = max(sum(self.expected.values()), self.messages_done)
        return SyncTold(
            Counted(self.folders_done, self.folders_total),
            Counted(self.messages_done, expected),
            self.error,
            tuple(self.unknown),
            tuple(self.subconnections),
            self.unlisted,
            self.left_out,
        )

    def forgive(self, path: str) -> None:
        """Forget the error of a folder that is well again."""
        if self.error is not None and self.error.path == path:
            self.error = None

    def to_write(self, now: int, *, pressing: bool = False) -> SyncTold | None:
        """Return the progress to write now, None if nothing changed or the last write was too recent."""
        is_over = self.folders_done == self.folders_total
        if not self.folders_total or (now - self._written_at < WRITE_EVERY and not (pressing or is_over)):
            return None
        shown = self.told()
        return None if shown == self._written else shown

    def written(self, now: int, shown: SyncTold) -> None:
        """Remember the progress that was written, and when."""
        self._written_at, self._written = now, shown

    def milestone(self, now: int) -> str | None:
        """Return a note for the timeline, None if no sync is running or the last note is too recent."""
        if self.folders_done >= self.folders_total:
            return None
        if self._milestone_at is None:
            self._milestone_at = now
        if now - self._milestone_at < MILESTONE_EVERY:
            return None
        shown = self.told()
        return f"syncing: {progress_in_words(shown.folders, shown.messages)}"

    def passed_milestone(self, now: int) -> None:
        """Remember when the last note was written to the timeline."""
        self._milestone_at = now
