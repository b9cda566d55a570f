"""The operator over both databases. Passwords are hashed quickly, because few tests are about that."""

from __future__ import annotations

import argon2
import pytest

from postroom.access.admins import passwords
from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from postroom.storage.database import Database
from tests.access.admins.operators import BOX, Clock


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes a millisecond instead of fifty, except where nobody has a password."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admins(db: Database, clock: Clock) -> Admins:
    return Admins(db, BOX, clock)


@pytest.fixture
def authenticator(db: Database, clock: Clock) -> Authenticator:
    return Authenticator(db, BOX, clock)


@pytest.fixture
def sessions(db: Database, clock: Clock) -> AdminSessions:
    return AdminSessions(db, clock)
