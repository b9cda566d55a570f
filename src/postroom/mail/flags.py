"""Flags and labels as they are stored and shown: one spelling for each, within limits. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from postroom.mail.limits import LONGEST_FLAG, MOST_FLAGS

Flags = frozenset[str]
NO_FLAGS: Flags = frozenset()

# \Recent describes the session, not the message (RFC 3501 section 2.3.2).
_IGNORED = frozenset({"\\recent"})
SYSTEM_FLAGS: Final = {name.lower(): name for name in ("\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen")}
"""The system flags that clients may set, as the RFC spells them, by their names in lower case."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def is_sane_flag(flag: str) -> bool:
    """Whether a flag or label can be stored and shown: short enough, and without control characters."""
    return len(flag) <= LONGEST_FLAG and _CONTROLS.search(flag) is None


def normal_flags(flags: Iterable[str]) -> Flags:
    """Return flags as they are stored and shown: system flags as the RFC spells them, without \\Recent.

    Flags that differ only in case are one flag (RFC 9051 section 9, rule 1). Flags beyond `limits` are left out.
    """
    found: dict[str, str] = {}
    for flag in sorted(flags):
        folded = flag.lower()
        if folded not in _IGNORED and is_sane_flag(flag):
            found.setdefault(folded, SYSTEM_FLAGS.get(folded, flag))
    return frozenset(_first(found.values()))


def normal_labels(labels: Iterable[str]) -> list[str]:
    """Return labels as they are stored and shown, sorted, within the same limits."""
    return _first(sorted({label for label in labels if is_sane_flag(label)}))


def _first(flags: Collection[str]) -> list[str]:
    """Return as many flags as one message may keep, system flags first."""
    if len(flags) <= MOST_FLAGS:
        return list(flags)
    return sorted(flags, key=lambda flag: (not flag.startswith("\\"), flag))[:MOST_FLAGS]
