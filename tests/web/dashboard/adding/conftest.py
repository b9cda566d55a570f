"""The services of the dashboard over SQLite."""

from __future__ import annotations

from tests.web.dashboard.accounts.conftest import desk, site

__all__ = ["desk", "site"]
