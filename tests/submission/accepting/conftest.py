"""An account whose mailbox is at the scriptable server: what a message refers to is there."""

from __future__ import annotations

from tests.mailboxes.conftest import account, mail, visits

__all__ = ["account", "mail", "visits"]
