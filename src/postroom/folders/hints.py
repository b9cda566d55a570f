"""Hints that a caller's command changed something in a folder, for the sync that will announce it.

A hint that is lost does no harm: the sync finds the change at its next round.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

__all__ = ["TOPIC", "hint", "read_hints"]

TOPIC: Final = "changed-folders"
_BETWEEN: Final = "\n"


def hint(conn: Connection, account: str, paths: Iterable[str]) -> None:
    """Tell the sync of an account, once this transaction has committed, to look at these folders."""
    for path in dict.fromkeys(paths):
        wake(conn, TOPIC, f"{account}{_BETWEEN}{path}")


def read_hints(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Return the account and the path of each hint. The path of a folder has no line break."""
    found = (key.rpartition(_BETWEEN) for key in sorted(keys))
    return [(account, path) for account, between, path in found if between]
