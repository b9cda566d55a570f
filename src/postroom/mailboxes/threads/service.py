"""Lists and reads threads for callers."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Threads"]


@dataclass(frozen=True, slots=True)
class Threads:
    """Lists and reads threads for callers."""

    visits: MailVisits
