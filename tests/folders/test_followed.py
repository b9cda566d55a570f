"""The service reads the folders of one account, in a transaction of its own."""

from __future__ import annotations

from postroom.folders.followed import FollowedFolders
from postroom.storage.database import Database


async def test_an_unknown_account_has_no_folders(db: Database) -> None:
    assert await FollowedFolders(db).of("nobody") == []
