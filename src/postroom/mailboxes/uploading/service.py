"""Adds messages to folders for callers (APPEND)."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Uploads"]


@dataclass(frozen=True, slots=True)
class Uploads:
    """Adds messages to folders for callers (APPEND)."""

    visits: MailVisits
