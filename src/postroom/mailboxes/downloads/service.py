"""Streams attachments and message sources to callers."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Downloads"]


@dataclass(frozen=True, slots=True)
class Downloads:
    """Streams attachments and message sources to callers."""

    visits: MailVisits
