"""Lists the messages of a folder for callers, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.mailboxes.visiting import MailVisits

__all__ = ["MessageLists"]


@dataclass(frozen=True, slots=True)
class MessageLists:
    """Lists the messages of a folder for callers, page by page."""

    visits: MailVisits
