"""Hashes passwords with argon2id, beside the loop, and only a few at a time, because each takes 64 MiB."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["hash_password", "is_outdated", "verify_password"]

# One at a time: a crowd at the door takes 64 MiB of memory and one processor, not more.
_BESIDE: Final = ThreadPoolExecutor(1, thread_name_prefix="passwords")
# Verified when there is no password, so that the answer takes as long.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5IGhhcyB0aGlz$TWc1RDF2c2hBcWZ3Q0hNb1pGdzZLb0FhQnhQdWRaMHE"


async def hash_password(password: str) -> str:
    """Return the hash of a password, with its salt and its parameters."""
    return await asyncio.get_running_loop().run_in_executor(_BESIDE, lambda: _hasher().hash(password))


async def verify_password(hashed: str | None, password: str) -> bool:
    """Say whether a password is the one of a hash. Without a hash it takes as long, and the answer is no."""
    found = await asyncio.get_running_loop().run_in_executor(_BESIDE, _verify, hashed or _NOBODY, password)
    return found and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Say whether a hash was made with weaker parameters than those of today."""
    return _hasher().check_needs_rehash(hashed)


def _verify(hashed: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    # Imported here, because a gateway without a dashboard does not need it. The parameters are RFC 9106 section 4,
    # second choice.
    from argon2 import PasswordHasher

    return PasswordHasher()
