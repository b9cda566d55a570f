"""Every change to a folder's stored state: one transaction each, with the events that report it.

Each transaction compares with the chunk as it is stored at that moment. So a change that the server reports twice is
announced once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar, Unpack, cast

from postroom.events.types import Event
from postroom.folders import numbers_store
from postroom.footprint.dataclass import dataclass, replace
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags
from postroom.mail.identity.links import Links
from postroom.mail.ids import MessageId
from postroom.storage.statements.connection import Connection
from postroom.sync import store
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.folder import chunk_store, missing
from postroom.sync.folder.announce import (
    Place,
    arrival_events,
    change_events,
    flag_events,
    in_thread,
    mailbox_new,
    mailbox_reset,
    missing_event,
)
from postroom.sync.folder.chunks import Chunk, Difference, chunk_number, keep_only, known_only, learn
from postroom.sync.folder.plan import Known, Start
from postroom.sync.folder.plausible import check_missing
from postroom.sync.moves.book import HeldMessage, Seen
from postroom.sync.store import FolderState, StoredMailbox
from postroom.tasks import aside
from postroom.threads import index
from postroom.threads import store as thread_store
from postroom.threads.moves import store as moves_store

T = TypeVar("T")

# Chunks per read. They are written one by one, so no transaction reports more than 8,192 messages as gone.
_CHUNKS_AT_ONCE: Final = 16
_NO_LINKS: Final[Mapping[int, Links]] = {}
NOTHING_SEEN: Final = Seen({})

MOST_HELD: Final = 1000
"""Messages that leave at once and may be looked for in other folders."""


@dataclass(frozen=True, slots=True)
class FolderOpening:
    """How a folder begins anew: messages from `uidnext` on are new; `exists` is how many it holds.

    `troubles` counts the UIDVALIDITY changes in a row; `parked_until` is set when there are too many.
    """

    how: Start
    uidvalidity: int
    uidnext: int
    highestmodseq: int | None
    exists: int
    troubles: int = 0
    parked_until: int | None = None


class FolderLedger:
    """The stored state of one folder, and every way to change it. `row` is as of the last write.

    `late_modseq` is the last mod-sequence of a server that settles late; it is not trusted yet.
    """

    __slots__ = ("account", "late_modseq", "row")

    def __init__(self, account: AccountLedger, row: StoredMailbox) -> None:
        self.account = account
        self.row = row
        self.late_modseq: int | None = None

    @property
    def place(self) -> Place:
        """The folder as events name it. It must have been opened once."""
        assert self.row.number is not None, "a folder has its number from the first time it is opened"
        return Place(self.row.path, self.row.special_use, self.row.delimiter, self.row.number)

    @property
    def known(self) -> Known:
        """The stored state, in the form that `sync.folder.plan` uses."""
        row = self.row
        lost = row.notice == "lost"
        return Known(row.uidvalidity, row.uidnext, row.highestmodseq, row.messages, len(row.missing), row.counted, lost)

    @property
    def known_late(self) -> Known:
        """The same as `known`, but with the last mod-sequence that the server reported, trusted or not."""
        known = self.known
        return known if self.late_modseq is None else replace(known, highestmodseq=self.late_modseq)

    # How a folder begins.

    async def begin(self, opening: FolderOpening) -> None:
        """Forget the stored messages and begin the first scan. An empty folder needs no scan."""
        await begin_together(self.account, [(self, opening)])

    def begun(self, opening: FolderOpening, number: int) -> tuple[FolderState, StoredMailbox, Sequence[Event]]:
        """Return how the folder begins: the values to write, the row with them, and the events."""
        before = self.row
        values: FolderState = {
            "uidvalidity": opening.uidvalidity,
            "uidnext": opening.uidnext,
            "highestmodseq": opening.highestmodseq,
            "messages": 0,
            "scanned": 0 if opening.exists else None,
            "replays": opening.how is Start.FIRST and opening.exists > 0,
            "missing": missing.NONE_MISSING,
            "notice": None,
            "troubles": opening.troubles,
            "parked_until": opening.parked_until,
            "flags_at": None if opening.exists else self.account.now(),
            "indexed": None if opening.exists or not self.account.indexes else opening.uidnext - 1,
        }
        place = Place(before.path, before.special_use, before.delimiter, number)
        row = replace(before, **values, number=number, counted=0)
        return values, row, _opening_events(opening, before, place)

    async def find_number(self) -> None:
        """Make sure that the folder has a number for message ids."""
        if self.row.number is None:
            path, uidvalidity = self.row.path, self.row.uidvalidity or 0
            number = await self.account.write(
                lambda conn: (numbers_store.number(conn, self.account.lease.key, path, uidvalidity), ())
            )
            self.row = replace(self.row, number=number)

    # Changes to its messages.

    async def take_in(
        self,
        arrived: Mapping[int, Flags],
        news: Mapping[int, Event],
        *,
        uidnext: int | None = None,
        failed: Iterable[int] = (),
        keeps_messages: bool = True,
        links: Mapping[int, Links] = _NO_LINKS,
        named: Collection[int] = (),
    ) -> None:
        """Add messages, and announce those that have an event in `news` and were not known.

        `uidnext` moves the cursor, but never back. `failed` are messages that could not be fetched. Without
        `keeps_messages` only the cursor is stored (the fast indexer). `links` are for the index of threads. `named` are
        those that the server itself names.
        """
        now, moves = self.account.now(), self.account.moves
        register = missing.without(self.row.missing, UidSet.from_iterable(arrived))
        register, reported = missing.failed_again(register, failed, now)
        if len(register) > len(self.row.missing):
            check_missing(len(register))
        reports = [missing_event(self.place, each, now) for each in reported]
        cursor = max(self.row.uidnext or 1, uidnext or 1)

        def work(conn: Connection) -> tuple[tuple[StoredMailbox, set[int]], Sequence[Event]]:
            events = list(reports)
            # Whatever has to be looked up is asked for first: on PostgreSQL that is one exchange.
            known = self._ask(conn, arrived if keeps_messages else {})
            judge = moves.book(conn).ask_came(self.place, arrived if keeps_messages else (), now)
            thread = index.ask(conn, self.account.lease.key, self.row.id, links)
            found = known()
            new = UidSet().union(UidSet(each for one in found for each in one.new.ranges))
            fresh = [uid for uid in sorted(news) if not keeps_messages or uid in new]
            came = judge({uid: arrived[uid] for uid in new})
            names = {uid: links[uid].name or 0 for uid in named if uid in new and uid not in came.instead}
            found_again = moves.book(conn).found(self.place, names, moves.held, now) if moves.held else NOTHING_SEEN
            threads = thread()
            changed = [event for each in found for event in change_events(self.place, each)]
            values: FolderState = {"messages": self.row.messages + len(new), "missing": register, "uidnext": cursor}
            if self._is_indexed and self.account.indexes:
                values["indexed"] = cursor - 1
            announced = {uid: in_thread(news[uid], threads.get(uid)) for uid in fresh}
            told = arrival_events(announced, {**came.instead, **found_again.instead})
            updates = flag_events(self.place, {**came.flags, **found_again.flags}, arrived)
            row = self._write_row(conn, values)
            return (row, {names[uid] for uid in found_again.instead}), [*told, *updates, *changed, *events]

        self.row, found_names = await self._settled(work, announces=bool(news))
        moves.held = {name: each for name, each in moves.held.items() if name not in found_names}

    async def change(self, told: Mapping[int, Flags]) -> UidSet:
        """Apply the flags of known messages; return the UIDs below the cursor that are not known."""
        if not told:
            return UidSet()

        def work(conn: Connection) -> tuple[tuple[StoredMailbox, UidSet], Sequence[Event]]:
            parts = _by_chunk(told)
            before = chunk_store.load(conn, self.row.id, parts)
            differences = {n: learn(before[n], known_only(before[n], part)) for n, part in parts.items()}
            chunk_store.save(conn, self.row.id, _changed(differences))
            events = [event for n in sorted(differences) for event in change_events(self.place, differences[n])]
            unknown = UidSet.from_iterable(
                uid for n, part in parts.items() for uid in part if uid not in before[n].uids
            )
            return (self.row, unknown), events

        _, unknown = await self.account.write(work)
        return self._unaccounted(unknown)

    async def vanish(self, gone: UidSet) -> None:
        """Remove messages that the server reports as gone. The set may hold many UIDs that were never known."""
        if not gone:
            return
        await self._keep(lambda chunk: chunk.uids - gone)
        if any(uid in gone for uid in self.row.missing):
            await self.settle(missing=missing.without(self.row.missing, gone))

    async def keep(self, present: UidSet) -> UidSet:
        """Remove messages that a complete search did not find; return the unknown UIDs below the cursor."""
        await self._keep(lambda chunk: chunk.uids & present)
        still = {uid: each for uid, each in self.row.missing.items() if uid in present}
        if len(still) != len(self.row.missing):
            await self.settle(missing=still)
        known = await self.known_uids()
        return self._unaccounted(await aside(present.parts + known.parts, lambda: present - known))

    async def end_moves(self) -> None:
        """Announce what became of messages that were told to be here, and were gone before this folder was read."""
        if self.row.scanned is not None or not await self.account.moves.awaits(self.place.number):
            return

        book = self.account.moves.book
        if await self.account.read(lambda conn: book(conn).missed(self.place)):
            await self.account.write(lambda conn: (None, arrival_events({}, book(conn).never_came(self.place).instead)))
        self.account.moves.expect()

    async def known_uids(self) -> UidSet:
        """Return the UIDs of all known messages."""
        parts = await self._chunk_numbers()
        return UidSet.joined(
            [await self.account.read(partial(chunk_store.uids, mailbox_id=self.row.id, numbers=each)) for each in parts]
        )

    async def scan(self, told: Mapping[int, Flags], upto: int) -> None:
        """Take in one window of the first scan without events; `upto` is the last UID of the window."""
        told = {uid: flags for uid, flags in told.items() if uid not in self.row.missing}

        def work(conn: Connection) -> tuple[StoredMailbox, Sequence[Event]]:
            found = self._learn(conn, told)
            new = {uid: told[uid] for each in found for uid in each.new}
            came = self.account.moves.book(conn).came(self.place, new, self.account.now())
            events = [event for each in found for event in change_events(self.place, each)]
            values: FolderState = {"messages": self.row.messages + len(new), "scanned": upto}
            updates = flag_events(self.place, came.flags, told)
            return self._write_row(conn, values), [*arrival_events({}, came.instead), *updates, *events]

        self.row = await self._settled(work)

    async def index(self, links: Mapping[int, Links], upto: int) -> None:
        """Take known messages into the index of threads; `upto` is the last UID of the window."""

        def work(conn: Connection) -> tuple[StoredMailbox, Sequence[Event]]:
            index.add(conn, self.account.lease.key, self.row.id, links)
            return self._write_row(conn, {"indexed": upto}), ()

        self.row = await self.account.write(work)

    async def settle(self, **values: Unpack[FolderState]) -> None:
        """Write columns of the folder, unless they already have these values."""
        fresh = cast("FolderState", {name: new for name, new in values.items() if getattr(self.row, name) != new})
        if fresh:
            self.row = await self.account.write(lambda conn: (self._write_row(conn, fresh), ()))

    # Writing.

    def _learn(self, conn: Connection, told: Mapping[int, Flags]) -> list[Difference]:
        return self._ask(conn, told)()

    def _ask(self, conn: Connection, told: Mapping[int, Flags]) -> Callable[[], list[Difference]]:
        """Ask for what is known of messages. What is returned stores what is new, and says what that is."""
        parts = _by_chunk(told)
        asked = chunk_store.ask(conn, self.row.id, parts)

        def learned() -> list[Difference]:
            before = asked()
            differences = {n: learn(before[n], part) for n, part in sorted(parts.items())}
            chunk_store.save(conn, self.row.id, _changed(differences))
            return list(differences.values())

        return learned

    async def _chunk_numbers(self) -> list[list[int]]:
        """Return the numbers of the folder's chunks, in parts that may be read together."""
        numbers = await self.account.read(lambda conn: chunk_store.numbers(conn, self.row.id))
        return [numbers[at : at + _CHUNKS_AT_ONCE] for at in range(0, len(numbers), _CHUNKS_AT_ONCE)]

    async def _keep(self, kept: Callable[[Chunk], UidSet]) -> None:
        """Remove the messages of each chunk that `kept` leaves out. Most chunks do not change and are only read."""
        for part in await self._chunk_numbers():

            def losing(conn: Connection, part: Sequence[int] = part) -> list[int]:
                return [n for n, each in chunk_store.load(conn, self.row.id, part).items() if kept(each) != each.uids]

            for number in await self.account.read(losing):
                await self._keep_in(number, kept)

    async def _keep_in(self, number: int, kept: Callable[[Chunk], UidSet]) -> None:
        moves = self.account.moves

        def work(conn: Connection) -> tuple[tuple[StoredMailbox, bool, Mapping[int, HeldMessage]], Sequence[Event]]:
            before = chunk_store.load(conn, self.row.id, [number])[number]
            difference = keep_only(before, kept(before))
            gone_now = set(difference.gone)
            left = moves.book(conn).left(self.place, gone_now, before, self.account.now())
            held: dict[int, int] = {}
            chunk_store.save(conn, self.row.id, _changed({number: difference}))
            if self.row.indexed is not None:
                gone = index.remove(conn, self.row.id, list(difference.gone))
                moves_store.put_names(conn, self.account.lease.key, self.place.number, gone, self.account.now())
                held = {uid: each.name for uid, each in gone.items() if each.name and uid not in left.instead}
            if not (moves.names and moves.tells) or len(held) > MOST_HELD:
                held = {}
            moves.book(conn).hold(self.place, held)
            row = self._write_row(conn, {"messages": self.row.messages - len(difference.gone)})
            events = change_events(self.place, difference, {**left.instead, **dict.fromkeys(held)})
            return (row, left.expects, self._held(held, before)), events

        self.row, expects, held = await self._settled(work)
        moves.held |= held
        if expects:
            moves.expect()

    def _held(self, names: Mapping[int, int], before: Chunk) -> dict[int, HeldMessage]:
        number = self.place.number
        return {name: HeldMessage(MessageId(number, uid), before.of(uid)) for uid, name in names.items()}

    async def _settled(self, work: Callable[[Connection], tuple[T, Sequence[Event]]], *, announces: bool = False) -> T:
        """Write what may be one end of a move, once it is known what became of the moves under way."""
        return await self.account.moves.settled(lambda: self.account.write(work, announces=announces))

    @property
    def _is_indexed(self) -> bool:
        """Whether every known message has its entry in the index of threads."""
        return self.row.indexed is not None and self.row.indexed >= (self.row.uidnext or 1) - 1

    def _write_row(self, conn: Connection, values: FolderState) -> StoredMailbox:
        store.update(conn, {self.row.id: values}, self.account.now())
        return replace(self.row, **values, counted=values.get("messages", self.row.counted))

    def _unaccounted(self, uids: UidSet) -> UidSet:
        """Return the UIDs below the cursor that do not already wait for a retry."""
        if not uids or (self.row.uidnext or 1) <= 1:
            return UidSet()
        below = uids & UidSet.beginning(1, (self.row.uidnext or 1) - 1)
        return below - UidSet.from_iterable(self.row.missing)


async def begin_together(account: AccountLedger, openings: Sequence[tuple[FolderLedger, FolderOpening]]) -> None:
    """Begin with several folders in one transaction, with as few statements as for one folder."""
    if not openings:
        return
    wanted = [(folder.row.path, opening.uidvalidity) for folder, opening in openings]

    def work(conn: Connection) -> tuple[list[StoredMailbox], Sequence[Event]]:
        numbers = numbers_store.numbers(conn, account.lease.key, wanted)
        begun = [folder.begun(opening, number) for (folder, opening), number in zip(openings, numbers, strict=True)]
        if full := [folder.row.id for folder, _ in openings if folder.row.counted != 0]:
            chunk_store.forget(conn, full)
        if indexed := [folder.row.id for folder, _ in openings if folder.row.indexed is not None]:
            thread_store.forget(conn, indexed)
        store.update(conn, {row.id: values for values, row, _ in begun}, account.now())
        return [row for _, row, _ in begun], [event for _, _, events in begun for event in events]

    rows = await account.write(work)
    for (folder, _), row in zip(openings, rows, strict=True):
        folder.row = row


def _opening_events(opening: FolderOpening, before: StoredMailbox, place: Place) -> list[Event]:
    """Return the events of a folder that begins."""
    if opening.how is Start.AFRESH:
        return [mailbox_reset(place, opening.uidvalidity, before.uidvalidity, lost=False)]
    if opening.how is Start.LOST:
        return [mailbox_reset(place, opening.uidvalidity, None, lost=True)] if opening.exists else []
    return [mailbox_new(place, opening.uidvalidity)] if before.notice == "new" else []


def _by_chunk(told: Mapping[int, Flags]) -> dict[int, dict[int, Flags]]:
    parts: dict[int, dict[int, Flags]] = {}
    for uid, flags in told.items():
        parts.setdefault(chunk_number(uid), {})[uid] = flags
    return parts


def _changed(differences: Mapping[int, Difference]) -> dict[int, Chunk]:
    return {number: each.after for number, each in differences.items() if not each.is_empty}
