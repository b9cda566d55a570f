"""The fixtures of the accounts room: its database on both engines, its clock, its service."""

from __future__ import annotations

from tests.accounts.conftest import accounts, clock, db, migrated_postgres_url, shared_url

__all__ = ["accounts", "clock", "db", "migrated_postgres_url", "shared_url"]
