"""The service that reads how far the sync of an account's folders has come."""

from __future__ import annotations

from functools import partial
from typing import Final

from postroom.folders.progress import FolderProgress
from postroom.folders.progress_store import progress_of
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database

__all__ = ["FollowedFolders"]

MOST: Final = 2_000
"""More folders than anybody looks at."""


@dataclass(frozen=True, slots=True)
class FollowedFolders:
    """The stored folders of one installation. Every method raises StorageUnavailable."""

    db: Database

    async def of(self, account: str, limit: int = MOST) -> list[FolderProgress]:
        """Return the folders of an account by path; none for an unknown account."""
        return await self.db.read(partial(progress_of, account=account, limit=limit))
