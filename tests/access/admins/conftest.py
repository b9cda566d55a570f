"""Passwords that are hashed quickly, because these tests are not about the strength of the hash."""

from __future__ import annotations

import argon2
import pytest

from postroom.access.admins import passwords


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes a millisecond instead of fifty, except where nobody has a password."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)
