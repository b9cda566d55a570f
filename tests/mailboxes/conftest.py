"""The mail server and the account of the sync: folders are read at the same ones."""

from __future__ import annotations

from tests.sync.conftest import account, mail

__all__ = ["account", "mail"]
