"""Fills the index of threads with the messages that were there before, piece by piece, once the first sync is done."""

from __future__ import annotations

from typing import Final

from postroom.imap.errors import CommandFailed
from postroom.imap.sets import UidSet
from postroom.log import get_logger
from postroom.sync.folder.ledger import FolderLedger
from postroom.sync.folder.questions import Questions
from postroom.tasks import aside

__all__ = ["PIECE", "WINDOW", "Indexing"]

log = get_logger("sync")

WINDOW: Final = 2_000
"""Messages per command and per transaction: half a megabyte of header fields."""

PIECE: Final = 5
"""Windows per visit to a folder. Then the sync looks at what else is due."""


class Indexing:
    """The filling of the index on one connection. It waits until `ready`, and leaves alone what a server refuses."""

    __slots__ = ("_given_up", "ready")

    def __init__(self) -> None:
        self.ready = False
        # Its keys. An empty dict takes less memory than an empty set.
        self._given_up: dict[int, None] = {}

    def is_due(self, folder: FolderLedger) -> bool:
        """Whether known messages of the folder have no entry yet. Asks neither the server nor the database."""
        if not self.ready or not folder.account.indexes or folder.row.id in self._given_up:
            return False
        return folder.row.scanned is None and (folder.row.indexed or 0) < (folder.row.uidnext or 1) - 1

    def give_up(self, mailbox_id: int) -> None:
        """Leave a folder alone until the next connection."""
        self._given_up[mailbox_id] = None

    async def step(self, folder: FolderLedger, ask: Questions) -> None:
        """Index the next piece of the selected folder. A piece that was broken off is taken up again."""
        if not self.is_due(folder):
            return
        last = (folder.row.uidnext or 1) - 1
        known = await folder.known_uids()
        left = UidSet.beginning((folder.row.indexed or 0) + 1, last)
        windows = await aside(known.parts, lambda: list((known & left).batches(WINDOW)))
        try:
            for window in windows[:PIECE]:
                links = await ask.links(window)
                await folder.index(links, window.max or last)
            if len(windows) <= PIECE:
                await folder.settle(indexed=last)
        except CommandFailed as refusal:
            if refusal.status == "BYE":
                raise
            self.give_up(folder.row.id)
            log.warning(
                "threads not indexed",
                account=folder.account.lease.account,
                path=folder.row.path,
                error=str(refusal),
            )
