"""A folder on a mail server as a model: what happens in it, and what each kind of server answers about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags, normal_flags
from postroom.sync.folder.plan import Told, Way
from postroom.sync.folder.questions import Delta
from postroom.sync.news import Hints
from postroom.sync.whole_answers import Fetched

RECEIVED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@dataclass
class ModelFolder:
    """Messages by UID, every change numbered by a modification sequence, as RFC 7162 has it."""

    uidvalidity: int = 1
    uidnext: int = 1
    modseq: int = 1
    flags: dict[int, Flags] = field(default_factory=dict)
    changed_at: dict[int, int] = field(default_factory=dict)
    expunged: list[tuple[int, int]] = field(default_factory=list)

    def append(self, flags: Flags) -> None:
        self._set(self.uidnext, flags)
        self.uidnext += 1

    def change(self, choice: int, flags: Flags) -> None:
        """Give one of the messages other flags."""
        if self.flags:
            self._set(sorted(self.flags)[choice % len(self.flags)], flags)

    def expunge(self, choice: int) -> None:
        if self.flags:
            uid = sorted(self.flags)[choice % len(self.flags)]
            self.modseq += 1
            del self.flags[uid], self.changed_at[uid]
            self.expunged.append((uid, self.modseq))

    def told(self, way: Way) -> Told:
        """What SELECT says."""
        modseq = None if way is Way.PLAIN else self.modseq
        return Told(self.uidvalidity, self.uidnext, modseq, len(self.flags))

    def _set(self, uid: int, flags: Flags) -> None:
        self.modseq += 1
        self.flags[uid] = flags
        self.changed_at[uid] = self.modseq


@dataclass
class ModelQuestions:
    """Answers the sync's questions about a model folder; `fails_at` counts down to one refusal."""

    folder: ModelFolder
    fails_at: int | None = None

    @property
    def exists(self) -> int:
        return len(self.folder.flags)

    async def present(self, _uidnext: int | None) -> UidSet:
        self._ask()
        return UidSet.from_iterable(self.folder.flags)

    async def from_uid(self, first: int) -> UidSet:
        self._ask()
        return UidSet.from_iterable(uid for uid in self.folder.flags if uid >= first)

    async def since(self, _notify_from: int) -> UidSet:
        return await self.present(None)

    async def uids_of(self, numbers: UidSet) -> UidSet:
        self._ask()
        uids = sorted(self.folder.flags)
        return UidSet.from_iterable(uids[number - 1] for number in numbers if number <= len(uids))

    async def flags(
        self, uids: UidSet, *, even_untold: bool = False, expected: UidSet | None = None
    ) -> dict[int, Flags]:
        self._ask()
        return {uid: flags for uid, flags in self.folder.flags.items() if uid in uids}

    async def flags_and_dates(self, uids: UidSet) -> tuple[dict[int, Flags], dict[int, datetime | None]]:
        told = await self.flags(uids)
        return told, dict.fromkeys(told, RECEIVED)

    async def changes(self, uids: UidSet, since: int, *, vanished: bool) -> Delta:
        self._ask()
        changed = {uid: at for uid, at in self.folder.changed_at.items() if at > since and uid in uids}
        gone = UidSet.from_iterable(uid for uid, at in self.folder.expunged if at > since and uid in uids)
        told = {uid: self.folder.flags[uid] for uid in changed}
        return Delta(told, gone if vanished else None, max(changed.values(), default=0))

    async def details(self, uids: UidSet, *_more: str, spare: tuple[str, ...] = ()) -> Fetched:
        self._ask()
        found = {
            uid: FetchData(0, uid, flags, RECEIVED, 100) for uid, flags in self.folder.flags.items() if uid in uids
        }
        return Fetched(found, UidSet())

    def _ask(self) -> None:
        if self.fails_at is not None:
            self.fails_at -= 1
            if self.fails_at < 0:
                self.fails_at = None
                raise CommandFailed("NO", None, "not now", "UID FETCH")


def news_since(before: ModelFolder, after: ModelFolder, way: Way) -> Hints:
    """What a server tells in IDLE of the changes between two states."""
    uids = sorted(after.flags)
    changed = [uid for uid, at in after.changed_at.items() if at > before.modseq and uid < before.uidnext]
    numbers = [uids.index(uid) + 1 for uid in changed]
    return Hints(
        arrivals=after.uidnext > before.uidnext,
        gone=len(after.expunged) > len(before.expunged),
        flags=bool(changed),
        uids=UidSet() if way is Way.PLAIN else UidSet.from_iterable(changed),
        numbers=UidSet.from_iterable(numbers) if way is Way.PLAIN else UidSet(),
    )


def flag_set(*flags: str) -> Flags:
    """Flags as they are stored."""
    return normal_flags(flags)
