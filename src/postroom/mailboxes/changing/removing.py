"""Removes messages of an open folder for good, and finds the folder where deleted messages are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from postroom.imap.commands.expunge import delete_messages
from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.progress import Progress
from postroom.mailboxes.changing.targets import Target, find_target
from postroom.mailboxes.failures import FolderNotFound, ServerRefused, TrashNotFound
from postroom.mailboxes.visit import FolderVisit
from postroom.mailboxes.visiting import MailVisits

__all__ = ["find_trash", "remove", "without_trash"]

_TRASH: Final = "\\Trash"
_FINAL: Final = frozenset({_TRASH, "\\Junk"})


async def find_trash(visits: MailVisits, folder: FolderVisit) -> Target | None:
    """Return where deleted messages of a folder go. Raises TrashNotFound.

    None when they are removed at once: from the folders of deleted and of junk mail.
    """
    if folder.role in _FINAL:
        return None
    with without_trash():
        trash = await find_target(visits, folder.visit, _TRASH)
    return None if trash.path == folder.path else trash


@contextmanager
def without_trash() -> Iterator[None]:
    """Within the block, say TrashNotFound when the folder of deleted mail is not there."""
    try:
        yield
    except FolderNotFound:
        raise TrashNotFound from None


async def remove(folder: FolderVisit, uids: UidSet, progress: Progress) -> None:
    r"""Remove exactly these messages, in one step; those that other programs marked `\Deleted` stay.

    Raises ServerRefused and SessionFailed. After a refused EXPUNGE the messages may be marked `\Deleted`.
    """
    progress.sending(len(uids))
    try:
        await folder.perform(delete_messages(folder.capabilities, uids))
    except ServerRefused as refusal:
        if refusal.command == "UID STORE" and refusal.status != "BYE" and len(uids) == 1:
            progress.refused()
        raise
    progress.answered()
