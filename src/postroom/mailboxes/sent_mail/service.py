"""Stores the copy of a sent message in the folder of sent mail, at most once, and looks whether one is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.append import Append
from postroom.mail.ids import message_id
from postroom.mailboxes.failures import FolderNotFound, ServerRefused
from postroom.mailboxes.sent_mail.copies import FoundCopy, SearchedIds, find_copies
from postroom.mailboxes.uploading.storing import append_to
from postroom.mailboxes.visit import FolderVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits

__all__ = ["FiledCopy", "SentMail", "SentMessage"]

_SENT: Final = "\\Sent"
_ALL: Final = "\\All"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent: its octets, the Message-IDs that it may have, and when it was sent."""

    octets: bytes = field(repr=False)
    ids: tuple[str, ...]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class FiledCopy:
    """Where the copy is. `was_there`: somebody else, or an earlier try, had stored it."""

    path: str
    was_there: bool


@dataclass(frozen=True, slots=True)
class SentMail:
    """The folders of sent mail of all accounts."""

    visits: MailVisits

    async def file(
        self, account: str, path: str, message: SentMessage, allowed: TimeAllowed, *, is_repeated: bool
    ) -> FiledCopy:
        r"""Add a message to a folder, by path or role, with `\Seen`, unless it is there already.

        A server that does not search is no reason to store nothing, unless the try is repeated: the one before may have
        stored the copy. Raises what `MailVisits.folder` raises.
        """
        async with self.visits.folder(account, path, allowed) as folder:
            try:
                known = await find_copies(folder, SearchedIds(message.ids, message.sent_at))
            except ServerRefused as refusal:
                if is_repeated or refusal.status == "BYE":
                    raise
                known = []
            if not known:
                await append_to(
                    folder.visit,
                    folder.path,
                    folder.opened.name,
                    lambda name: Append(name, message.octets, ("\\Seen",), message.sent_at),
                )
            return FiledCopy(folder.path, was_there=bool(known))

    async def find(self, account: str, ids: Sequence[str], after: datetime, allowed: TimeAllowed) -> str | None:
        r"""Return the id of a message in the folder of sent mail that the server received after a moment.

        At Gmail, All Mail is searched as well. None when there is none. Raises what `MailVisits.folder` raises, but not
        FolderNotFound.
        """
        wanted = SearchedIds(tuple(ids), after)
        try:
            async with self.visits.folder(account, _SENT, allowed) as folder:
                found, is_gmail = await _received_after(folder, wanted), supports(folder.capabilities, GMAIL)
        except FolderNotFound:
            found, is_gmail = None, True
        if found is not None or not is_gmail:
            return found
        try:
            async with self.visits.folder(account, _ALL, allowed) as folder:
                return await _received_after(folder, wanted) if supports(folder.capabilities, GMAIL) else None
        except FolderNotFound:
            return None

    async def has(self, account: str, path: str, ids: Sequence[str], after: datetime, allowed: TimeAllowed) -> bool:
        """Return whether a folder has a copy; False when there is no such folder."""
        try:
            async with self.visits.folder(account, path, allowed) as folder:
                return bool(await find_copies(folder, SearchedIds(tuple(ids), after)))
        except FolderNotFound:
            return False


async def _received_after(folder: FolderVisit, wanted: SearchedIds) -> str | None:
    copies = await find_copies(folder, wanted)
    found = next((each for each in copies if _is_after(each, wanted.after)), None)
    return None if found is None else message_id(folder.number, found.uid)


def _is_after(copy: FoundCopy, moment: datetime) -> bool:
    return copy.received is not None and copy.received >= moment
