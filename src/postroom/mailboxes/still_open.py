"""Asks whether the folder that the previous borrower left open can be read on, instead of opening it again."""

from __future__ import annotations

from postroom.folders.store import FolderRow
from postroom.imap.commands.session import Noop
from postroom.imap.selected import SelectedMailbox
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.visit import MailVisit

__all__ = ["still_open"]


async def still_open(visit: MailVisit, row: FolderRow) -> SelectedMailbox | None:
    """Return the folder as it is now, None if it is not open read-only or no longer the stored one.

    NOOP lets the server tell what came and went, so that message numbers are those of now (RFC 9051 section 5.2).
    Raises SessionFailed.
    """
    if _of(visit, row) is None:
        return None
    try:
        await visit.run(Noop())
    except ServerRefused:
        return None
    return _of(visit, row)


def _of(visit: MailVisit, row: FolderRow) -> SelectedMailbox | None:
    selected = visit.client.selected
    if selected is None or not selected.read_only or selected.uidvalidity is None:
        return None
    return selected if (selected.name, selected.uidvalidity) == (row.path, row.uidvalidity) else None
