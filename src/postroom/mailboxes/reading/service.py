"""Reads one message, or its text, for callers."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Messages"]


@dataclass(frozen=True, slots=True)
class Messages:
    """Reads one message, or its text, for callers."""

    visits: MailVisits
