"""Stores flags and labels of messages in an open folder, and reads what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL
from postroom.imap.commands.arguments import uid_argument, words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.search import Search
from postroom.imap.commands.store import Store
from postroom.imap.commands.store_labels import StoreLabels
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.edits import Edit, unkept
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.failures import FlagsNotKept, MissingExtension, ServerRefused
from postroom.mailboxes.visit import FolderVisit

__all__ = ["Change", "Now", "check", "items_of", "store"]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change: flags, labels, or both. None where nothing was asked for."""

    flags: Edit | None = None
    labels: Edit | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether no command is needed."""
        return not any(edit.steps for edit in (self.flags, self.labels) if edit is not None)


@dataclass(frozen=True, slots=True)
class Now:
    """The flags and labels of one message after a change; None where the server did not tell."""

    flags: Collection[str] | None
    labels: Collection[str] | None


def check(folder: FolderVisit, change: Change) -> None:
    """Raise MissingExtension for labels on a server without them, FlagsNotKept for flags it would forget."""
    if change.labels is not None and GMAIL not in folder.capabilities:
        raise MissingExtension("labels", GMAIL)
    lost = unkept(change.flags, folder.opened.permanent_flags) if change.flags is not None else []
    if lost:
        raise FlagsNotKept(folder.path, lost)


async def store(folder: FolderVisit, uids: UidSet, change: Change, progress: ChangeProgress) -> Mapping[int, Now]:
    """Change messages in one step; return what the server says of each of them now, by UID.

    Messages that are gone are left out. A server need not tell of messages that a STORE did not change, so it is asked
    about those.
    """
    told = await _store(folder, uids, change, progress)
    items = items_of(change)
    silent = uids - UidSet.from_iterable(uid for uid, now in told.items() if _is_whole(now, change))
    if silent:
        found = await folder.run(Fetch(silent, items))
        # A server may make up the data of messages that are gone (RFC 2180 section 4.1.3).
        gone = silent - await _existing(folder, silent) if found.some_gone else UidSet()
        told |= _by_uid((each for each in found.messages if each.uid not in gone), told)
    return told


async def _store(folder: FolderVisit, uids: UidSet, change: Change, progress: ChangeProgress) -> dict[int, Now]:
    told: dict[int, Now] = {}
    progress.sending(len(uids))
    is_first = True
    try:
        for how, flags in change.flags.steps if change.flags is not None else ():
            told |= _by_uid((await folder.run(Store(uids, how, flags))).messages, told)
            is_first = False
        for how, labels in change.labels.steps if change.labels is not None else ():
            told |= _by_uid(await folder.run(StoreLabels(uids, how, labels)), told)
            is_first = False
    except ServerRefused as refusal:
        # A refused STORE of several messages may have changed some of them.
        if is_first and len(uids) == 1 and refusal.status != "BYE":
            progress.refused()
        raise
    progress.answered()
    return told


async def _existing(folder: FolderVisit, uids: UidSet) -> UidSet:
    return (await folder.run(Search(words(b"UID", uid_argument(uids))))).uids or UidSet()


def items_of(change: Change) -> tuple[str, ...]:
    """The items of FETCH that show what became of a change."""
    asked = (("FLAGS", change.flags), ("X-GM-LABELS", change.labels))
    return tuple(item for item, edit in asked if edit is not None) or ("FLAGS",)


def _is_whole(now: Now, change: Change) -> bool:
    has_flags = change.flags is None or now.flags is not None
    return has_flags and (change.labels is None or now.labels is not None)


def _by_uid(messages: Iterable[FetchData], before: Mapping[int, Now]) -> dict[int, Now]:
    found: dict[int, Now] = {}
    for each in messages:
        if each.uid is not None:
            known = found.get(each.uid) or before.get(each.uid) or Now(None, None)
            flags = known.flags if each.flags is None else each.flags
            found[each.uid] = Now(flags, known.labels if each.gm_labels is None else each.gm_labels)
    return found
