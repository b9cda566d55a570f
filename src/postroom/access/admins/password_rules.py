"""What is wrong with a password that somebody chooses. Pure.

Length is what counts (NIST SP 800-63B section 3.1.1): there are no rules about kinds of characters.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

__all__ = ["LONGEST", "SHORTEST", "password_fault"]

SHORTEST: Final = 12
"""Characters of a password."""

LONGEST: Final = 256
"""Characters; more would only cost time."""

_FEWEST_DIFFERENT: Final = 5
_KNOWN: Final = ("password", "postroom", "letmein", "qwerty", "admin")
_FEWEST_UNKNOWN: Final = 6


def password_fault(password: str) -> str | None:
    """Return what is wrong with a password, as a sentence, None for a good one."""
    if len(password) < SHORTEST:
        return f"The password needs at least {SHORTEST} characters. A few unrelated words are easy to remember."
    if len(password) > LONGEST:
        return f"The password has more than {LONGEST} characters."
    if len(set(password)) < _FEWEST_DIFFERENT or password in (password + password)[1:-1]:
        return "The password repeats itself, so it is easy to guess."
    if sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(password)) > len(password) * 2 // 3:
        return "The characters of the password follow one another in order, so it is easy to guess."
    rest = password.lower()
    for word in _KNOWN:
        rest = rest.replace(word, "")
    if len("".join(filter(str.isalpha, rest))) < _FEWEST_UNKNOWN and len(rest) < SHORTEST // 2 + 2:
        return "The password is made of words that people try first."
    return None
