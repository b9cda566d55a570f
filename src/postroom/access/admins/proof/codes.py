"""Codes that are used once: the one that sets a password without the old one, and recovery codes."""

from __future__ import annotations

import hashlib
import secrets as random
from typing import Final

__all__ = ["code_hash", "new_code", "new_recovery_codes"]

# Without letters and digits that look alike.
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_GROUP: Final = 4
_GROUPS_OF_CODE: Final = 5
_GROUPS_OF_RECOVERY: Final = 3
_RECOVERY_CODES: Final = 10


def new_code() -> str:
    """Return a code such as `K7QD-93TM-WZ4E-8XRA-P5NC`: 98 bits."""
    return _code(_GROUPS_OF_CODE)


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten codes such as `K7QD-93TM-WZ4E`: 58 bits each."""
    return tuple(_code(_GROUPS_OF_RECOVERY) for _ in range(_RECOVERY_CODES))


def code_hash(code: str) -> str:
    """Return the hash under which a code is stored; case, spaces and hyphens do not matter. A code is random."""
    plain = "".join(filter(str.isalnum, code.upper()))
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()


def _code(groups: int) -> str:
    return "-".join("".join(random.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(groups))
