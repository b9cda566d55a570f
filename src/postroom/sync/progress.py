"""How far the sync of an account has come, and when that is worth writing down. Pure but for what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from postroom.accounts.known.sync_told import Counted, FolderError, LeftOut, Subconnection, SyncTold

WRITE_EVERY: Final = 1000
"""Milliseconds: a long scan writes its progress no more often than that."""

MILESTONE_EVERY: Final = 30_000
"""Milliseconds: and notes it in the account's timeline no more often than that."""


@dataclass(slots=True)
class Progress:
    """Folders and messages of first scans, done and in total, and what went wrong with a folder last.

    `expected` is how many messages each folder that is still to be read holds.
    `unknown` are the folders that the account's settings name and the server does not have, `subconnections` the
    connections of their own that folders have, as `extra_connections` tells of them. `unlisted` says that the server
    showed no folders at all, `left_out` which it showed that are not followed.
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
        """Forget what was wrong with a folder: now it is well."""
        if self.error is not None and self.error.path == path:
            self.error = None

    def to_write(self, now: int, *, pressing: bool = False) -> SyncTold | None:
        """Return what is to be written now, None when nothing is new or it was written just before."""
        shown = self.told()
        is_over = self.folders_done == self.folders_total
        if (
            not self.folders_total
            or shown == self._written
            or (now - self._written_at < WRITE_EVERY and not (pressing or is_over))
        ):
            return None
        return shown

    def written(self, now: int, shown: SyncTold) -> None:
        """Remember what was written when."""
        self._written_at, self._written = now, shown

    def milestone(self, now: int) -> str | None:
        """Return words for the timeline, None unless a sync is under way, and long enough since the last words."""
        if self.folders_done >= self.folders_total:
            return None
        if self._milestone_at is None:
            self._milestone_at = now
        if now - self._milestone_at < MILESTONE_EVERY:
            return None
        messages = self.told().messages
        return (
            f"syncing: {messages.done} of {messages.total} messages, "
            f"{self.folders_done} of {self.folders_total} folders"
        )

    def passed_milestone(self, now: int) -> None:
        """Remember when the timeline was written to."""
        self._milestone_at = now
