"""Folders that stay open on returned sessions for a moment, because callers ask for one page of a list after another.

Opening a large folder takes a mail server longer than telling a page of it. But some servers tell an open folder no
news. So a folder stays open only for seconds, and closes as soon as the account is used for anything but lists.
"""

from __future__ import annotations

import asyncio
from typing import Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports

__all__ = ["STAYS_FOR", "Stay"]

STAYS_FOR: Final = 5.0
"""Seconds for which a folder stays open, counted from the moment before it was opened."""


@dataclass(slots=True, eq=False)
class Stay:
    """A borrower's wish that the folder it opened stays open for the next borrower with such a wish.

    `known` is what the borrower knew of the folder before it opened it, None if the folder is to be closed. `until` is
    a time of the event loop. The next borrower gets both, and decides whether it can use the folder.
    """

    known: object = None
    until: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def begin(self, now: float) -> None:
        """Note that a folder is being opened. When it is open, set `known` to what was known before.

        If the account is used for something else meanwhile, the pool sets `until` back.
        """
        self.known, self.until = None, now + STAYS_FOR

    def take_over(self, other: Stay) -> None:
        """Take over the folder that another borrower left open."""
        other.stop()
        self.known, self.until = other.known, other.until

    def is_due(self, client: ImapClient, now: float) -> bool:
        """Whether the folder must be closed when the session is returned.

        Only folders that are open read-only stay open. Without UNSELECT, nobody could close them later.
        """
        selected = client.selected
        if self.known is None or selected is None or not selected.read_only or now >= self.until:
            return True
        return not supports(client.capabilities, "UNSELECT")

    def stop(self) -> None:
        """The folder is no longer open on an idle session."""
        if self._timer is not None:
            self._timer.cancel()

    def wait(self, timer: asyncio.TimerHandle) -> None:
        """Keep the timer that closes the folder."""
        self._timer = timer
