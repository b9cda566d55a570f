"""The accounts service over an empty database, with a clock that the test can turn."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(db: Database, clock: Clock) -> Accounts:
    """The accounts service on both engines."""
    return Accounts(db, SecretBox(("secret",)), clock)
