"""Whether a token that a person chose could be guessed. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["SHORTEST", "weakness"]

SHORTEST: Final = 20
"""Characters of a randomly made token: 120 bits in base64."""

_FEWEST_DIFFERENT: Final = 8
_FEWEST_UNKNOWN: Final = 12
_WORDS: Final = re.compile(
    "access|admin|bearer|change|default|demo|example|gateway|here|insert|letmein|mail|pass|password|please|postroom|"
    "production|qwerty|replace|root|secret|server|super|test|token|welcome|your",
    re.IGNORECASE,
)
_BETWEEN_WORDS: Final = re.compile(r"[\W\d_]")


def weakness(token: str) -> str | None:
    """Return why a token is weak, without quoting any of it; None for one that looks random."""
    if len(token) < SHORTEST:
        return f"it has fewer than {SHORTEST} characters"
    if len(set(token)) < _FEWEST_DIFFERENT:
        return f"it is made of fewer than {_FEWEST_DIFFERENT} different characters"
    if _repeats(token):
        return "it repeats itself"
    if _steps(token):
        return "its characters follow one another in order"
    if _WORDS.search(token) and len(_BETWEEN_WORDS.sub("", _WORDS.sub("", token))) < _FEWEST_UNKNOWN:
        return "it is made of words that people think of"
    return None


def _repeats(token: str) -> bool:
    return token in (token + token)[1:-1]


def _steps(token: str) -> bool:
    """Whether most adjacent characters are also adjacent in the alphabet."""
    steps = sum(abs(ord(one) - ord(two)) <= 1 for one, two in pairwise(token))
    return steps > len(token) * 2 // 3
