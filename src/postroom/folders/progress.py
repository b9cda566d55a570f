"""How far the sync of a folder has come. Pure."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FolderProgress"]


class FolderProgress(NamedTuple):
    r"""A folder of an account. `role` is such as `\Sent`; `messages` is None until it was opened.

    `scanned` is the highest UID that its first scan has reached, None once that is complete. `troubles` counts refusals
    in a row; the folder is left alone until `parked_until`. Times are milliseconds since 1970.
    """

    path: str
    role: str | None
    messages: int | None
    uidnext: int | None
    scanned: int | None
    synced_at: int | None
    troubles: int
    parked_until: int | None

    @property
    def percent(self) -> int:
        """How much of the first scan is done."""
        if self.uidnext is None:
            return 0
        if self.scanned is None or self.uidnext <= 1:
            return 100
        return min(self.scanned * 100 // (self.uidnext - 1), 99)
