"""Searches the messages of one folder or of all."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Searches"]


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches the messages of one folder or of all."""

    visits: MailVisits
