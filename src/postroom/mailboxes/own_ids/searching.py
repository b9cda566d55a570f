"""Searches the folders of an account for messages with an id of the mail server, on one session."""

from __future__ import annotations

from collections.abc import Collection

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.selected import SelectedMailbox
from postroom.imap.sets import UidSet
from postroom.mail.identity.stable_ids import StableId
from postroom.mailboxes.failures import MessageNotFound, ServerRefused
from postroom.mailboxes.own_ids.keys import message_key
from postroom.mailboxes.own_ids.route import MOST_FOLDERS, route
from postroom.mailboxes.places import ListedFolder, openable
from postroom.mailboxes.visit import MailVisit

__all__ = ["FoundMessage", "find_message", "search_folder", "way"]


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that the server found: its folder, which is open, and its UID there."""

    folder: ListedFolder
    opened: SelectedMailbox
    uid: int


async def way(visit: MailVisit, first: Collection[str] = ()) -> list[ListedFolder]:
    """Return the folders of the account to search, in order. Raises what `MailVisit.run` raises."""
    return route(await openable(visit), first, is_gmail=supports(visit.capabilities, GMAIL))


async def search_folder(visit: MailVisit, folder: ListedFolder, key: bytes) -> tuple[SelectedMailbox, UidSet]:
    """Open a folder read-only and search it; an empty folder is not searched. Raises what `MailVisit.run` raises."""
    opened = await visit.run(Select(folder.raw_name, read_only=True))
    if not opened.exists:
        return opened, UidSet()
    found = await visit.run(Search([key]))
    return opened, found.uids or UidSet()


async def find_message(
    visit: MailVisit, wanted: StableId, first: Collection[str] = (), *, writes: bool = False
) -> FoundMessage:
    """Find a message by the server's own id, and leave its folder open: for changes, if the visit `writes`.

    Raises MessageNotFound if it is in none of the folders or if this server cannot search for the id, ServerRefused if
    it may be in a folder that did not answer, and SessionFailed.
    """
    key = message_key(wanted, visit.capabilities)
    if key is None:
        raise MessageNotFound("No message with this stable id is known: it was deleted, or the index has not seen it")
    folders = await way(visit, first)
    refusal: ServerRefused | None = None
    for folder in folders[:MOST_FOLDERS]:
        try:
            opened, found = await search_folder(visit, folder, key)
            if found.max is None:
                continue
            if writes:
                opened = await visit.run(Select(folder.raw_name))
            return FoundMessage(folder, opened, found.max)
        except ServerRefused as error:
            refusal = error
    if refusal is not None:
        raise refusal
    if len(folders) > MOST_FOLDERS:
        raise MessageNotFound(
            f"No message with this stable id is in the {MOST_FOLDERS} folders that were searched, and the account has "
            f"{len(folders)}"
        )
    raise MessageNotFound("The mail server has no message with this stable id: it was deleted")
