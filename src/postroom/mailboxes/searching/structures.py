"""Reads of messages in an open folder whether they have attachments, for servers that cannot search for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from postroom.mail.message import attachments
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.visit import FolderVisit

__all__ = ["attachments_of"]

_AT_ONCE: Final = 500


async def attachments_of(folder: FolderVisit, uids: Sequence[int]) -> AsyncIterator[tuple[int, bool | None]]:
    """Yield the UID of each of these messages that is still there, and whether its BODYSTRUCTURE has attachments.

    It is None for a message whose structure the server does not tell. Raises what `fetch_uids` raises.
    """
    for begin in range(0, len(uids), _AT_ONCE):
        told = await fetch_uids(folder, uids[begin : begin + _AT_ONCE], ("UID", "BODYSTRUCTURE"))
        for uid, data in sorted(told.items()):
            yield uid, None if data.body is None else bool(attachments(data.body))
