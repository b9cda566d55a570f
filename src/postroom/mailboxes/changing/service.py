"""Changes, moves and deletes messages for callers."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["MailChanges"]


@dataclass(frozen=True, slots=True)
class MailChanges:
    """Changes, moves and deletes messages for callers."""

    visits: MailVisits
