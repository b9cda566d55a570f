"""Generates ids for accounts that are registered without one."""

from __future__ import annotations

import secrets as random
import string
from typing import Final

from postroom.accounts import store
from postroom.storage.statements.connection import Connection

_ALPHABET: Final = string.digits + string.ascii_lowercase
_LENGTH: Final = 16


def free_id(conn: Connection) -> str:
    """Return an id that no account has."""
    while True:
        candidate = "".join(random.choice(_ALPHABET) for _ in range(_LENGTH))
        if store.find(conn, candidate) is None:
            return candidate
