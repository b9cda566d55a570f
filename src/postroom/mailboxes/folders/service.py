"""Lists, creates, renames, subscribes to and deletes folders for callers."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["Folders"]


@dataclass(frozen=True, slots=True)
class Folders:
    """Lists, creates, renames, subscribes to and deletes folders for callers."""

    visits: MailVisits
