"""How far the sync of an account has come, and when that is worth writing down. Pure but for what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

WRITE_EVERY: Final = 1000
"""Milliseconds: a long scan writes its progress no more often than that."""


@dataclass(slots=True)
class Progress:
    """Folders and messages of first scans, done and in total, and what went wrong with a folder last.

    `expected` is how many messages each folder that is still to be read holds; `error` is `{path, time, error}`.
    """

    folders_done: int = 0
    folders_total: int = 0
    messages_done: int = 0
    expected: dict[str, int] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    _written_at: int = 0
    _written: dict[str, Any] | None = field(default=None)

    def document(self) -> dict[str, Any]:
        """The object that the account shows as `sync`."""
        shown: dict[str, Any] = {
            "folders": {"done": self.folders_done, "total": self.folders_total},
            "messages": {
                "done": self.messages_done,
                "total": max(sum(self.expected.values()), self.messages_done),
            },
        }
        if self.error is not None:
            shown["error"] = self.error
        return shown

    def to_write(self, now: int, *, pressing: bool = False) -> dict[str, Any] | None:
        """Return what is to be written now, None when nothing is new or it was written just before."""
        shown = self.document()
        is_over = self.folders_done == self.folders_total
        if (
            not self.folders_total
            or shown == self._written
            or (now - self._written_at < WRITE_EVERY and not (pressing or is_over))
        ):
            return None
        return shown

    def written(self, now: int, shown: dict[str, Any]) -> None:
        """Remember what was written when."""
        self._written_at, self._written = now, shown
