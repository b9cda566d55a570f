"""Changes, moves and removes many messages of an open folder, in steps that a server takes without trouble."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.edits import Edit, Effect, all_effects
from postroom.mailboxes.changing.email_ids import email_ids
from postroom.mailboxes.changing.moving import Moved, move_uids
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.removing import remove
from postroom.mailboxes.changing.storing import Change, store
from postroom.mailboxes.changing.targets import MoveTarget
from postroom.mailboxes.own_ids.keys import message_item
from postroom.mailboxes.visit import FolderVisit
from postroom.mailboxes.visiting import MailVisits

__all__ = ["ManyChanged", "ManyDeleted", "ManyMoved", "change_many", "move_many", "remove_many"]

_STEP: Final = 1000
"""Messages that one command names."""

_LONGEST_SET: Final = 7000
"""Octets of the set of UIDs in one command. Servers need not read lines beyond 8192 octets (RFC 7162 section 4)."""


@dataclass(frozen=True, slots=True)
class ManyChanged:
    """How many messages were found, how many of them the server told of afterwards, and what took effect on all."""

    found: int
    changed: int
    flags: Effect | None
    labels: Effect | None


@dataclass(frozen=True, slots=True)
class ManyMoved:
    """Where messages were moved, how many were found, and what the server proved about them, step by step.

    `email_ids` are the server's own ids of the proven ones, in the same order. None where the server has none.
    """

    path: str
    found: int
    moves: tuple[Moved, ...]
    email_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ManyDeleted:
    """How many messages were found, and where they were moved; None when they were removed for good."""

    found: int
    moved: ManyMoved | None


async def change_many(folder: FolderVisit, uids: UidSet, change: Change, progress: ChangeProgress) -> ManyChanged:
    """Change the flags and labels of messages. Messages that go away meanwhile are left out."""
    progress.total, changed = len(uids), 0
    flags, labels = _Effects(change.flags), _Effects(change.labels)
    for each in _steps(uids if not change.is_nothing else UidSet()):
        told = await store(folder, each, change, progress)
        flags.add(now.flags for now in told.values())
        labels.add(now.labels for now in told.values())
        changed += len(told)
    return ManyChanged(len(uids), changed, flags.told(), labels.told())


class _Effects:
    """What took effect on all messages of all steps so far."""

    def __init__(self, edit: Edit | None) -> None:
        self._edit = edit
        self._so_far = None if edit is None else all_effects(edit, ())

    def add(self, messages: Iterable[Collection[str] | None]) -> None:
        if self._edit is not None and self._so_far is not None:
            self._so_far = self._so_far & all_effects(self._edit, messages)

    def told(self) -> Effect | None:
        return self._so_far


async def move_many(
    visits: MailVisits, folder: FolderVisit, uids: UidSet, target: MoveTarget, progress: ChangeProgress
) -> ManyMoved:
    """Move messages to another folder. In the folder where they are already, they stay as they are."""
    progress.total = len(uids)
    moves: list[Moved] = []
    ids: list[str] = []
    for each in _steps(uids if target.path != folder.path else UidSet()):
        known = await email_ids(folder, each)
        target, moved = await move_uids(visits, folder, each, target, progress)
        if moved is not None:
            moves.append(moved)
            ids += [known[old] for old, _ in moved.pairs if old in known]
    has_ids = message_item(folder.capabilities) is not None
    return ManyMoved(target.path, len(uids), tuple(moves), tuple(ids) if has_ids else None)


async def remove_many(folder: FolderVisit, uids: UidSet, progress: ChangeProgress) -> None:
    """Remove messages for good."""
    progress.total = len(uids)
    for each in _steps(uids):
        await remove(folder, each, progress)


def _steps(uids: UidSet) -> Iterator[UidSet]:
    for batch in uids.batches(_STEP):
        yield from batch.chunks(_LONGEST_SET)
