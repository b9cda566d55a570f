"""Protocol logs on a real database: accounts to listen to, and a recorder."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.transcripts.tap import SpokenLine
from postroom.protocol_logs.recorder import Recorder
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.words.strangers import Words

_IMAP = {"host": "imap.example.com", "port": 993, "secure": True, "auth": {"user": "u", "pass": "secret-word"}}


class LoggedHouse:
    """A database with its settings and accounts."""

    def __init__(self, db: Database) -> None:
        box = SecretBox(("test secret",))
        self.db = db
        self.runtime = RuntimeSettings(db, box)
        self.accounts = Accounts(db, box)

    async def add(self, account: str, **fields: Any) -> None:
        """Store an account."""
        await self.accounts.register(account, {"name": account, "imap": _IMAP, **fields})

    def recorder(self, node: str = "n1", **more: Any) -> Recorder:
        """Return the recorder of one process."""
        return Recorder(db=self.db, runtime=self.runtime, node=node, **more)


def spoken(text: str, account: str = "a1", at: int = 1_700_000_000_000) -> SpokenLine:
    """Return a line that a server said."""
    return SpokenLine(account, at, "imap", "imap-1", "received", Words(text))


@pytest.fixture
def logged_house(db: Database) -> LoggedHouse:
    return LoggedHouse(db)
