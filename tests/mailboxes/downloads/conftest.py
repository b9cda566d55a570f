"""The mail server and the account of visits."""

from __future__ import annotations

from tests.mailboxes.conftest import account, mail, visits

__all__ = ["account", "mail", "visits"]
