"""Looks up what is known of messages that came or left, and notes what was told, in the transaction of the events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from typing import Final, TypeAlias

from postroom.events.types import Event
from postroom.footprint.dataclass import dataclass
from postroom.mail.flags import Flags
from postroom.mail.ids import MessageId
from postroom.storage.statements.connection import Connection
from postroom.sync.folder import chunk_store
from postroom.sync.folder.announce import Place, deleted, moved
from postroom.sync.folder.chunks import Chunk, chunk_number
from postroom.sync.moves.places_store import FolderEnd, folder_ends
from postroom.sync.moves.verdicts import MOST_STEPS, PlaceReading, came, left
from postroom.threads.moves import store as moves_store
from postroom.threads.moves import under_way_store
from postroom.threads.moves.steps import MoveMark, MoveStep, MoveTold

__all__ = ["HeldMessage", "MoveBook", "Seen", "Undecided"]


class Undecided(Exception):
    """What was seen may be one end of a move whose outcome is not known yet; `ids` are such moves."""

    def __init__(self, ids: frozenset[str]) -> None:
        super().__init__("a move is under way")
        self.ids = ids


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message that left a place, with its flags there. Nothing was told of that yet."""

    was_at: MessageId
    flags: Flags


@dataclass(frozen=True, slots=True)
class Seen:
    """What to tell of messages, by UID: an event, or None to be silent. All others are told of as usual.

    `flags` are those that the log knows of messages that moved. `expects` says that a message is still to be seen
    elsewhere.
    """

    instead: Mapping[int, Event | None]
    flags: Mapping[int, Flags] = field(default_factory=dict)
    expects: bool = False


_NOTHING: Final = Seen({})
_AsksSteps: TypeAlias = Callable[[Connection, int, int, Collection[int]], moves_store.AskedSteps]
_KnownSteps: TypeAlias = Callable[[Collection[int]], dict[int, MoveStep]]


@dataclass(frozen=True, slots=True)
class MoveBook:
    """The moves of an account, within one transaction.

    `tells` says whether moves are told as such. `waited` are moves under way that are not waited for any more.
    """

    conn: Connection
    account_key: int
    tells: bool
    waited: Collection[str]

    def came(self, place: Place, arrived: Mapping[int, Flags], now: int) -> Seen:
        """Say what to tell of messages that were not known, given with their flags. Raises Undecided."""
        return self.ask_came(place, arrived, now)(arrived)

    def ask_came(self, place: Place, uids: Collection[int], now: int) -> Callable[[Mapping[int, Flags]], Seen]:
        """Ask what is known of messages. What is returned says it of those that turn out to be new."""
        steps = self._ask_steps(moves_store.ask_steps_to, place, uids, now, target=place.path)
        return lambda new: self._judge_came(place, steps(new))

    def _judge_came(self, place: Place, last: Mapping[int, MoveStep]) -> Seen:
        if not last:
            return _NOTHING
        places = [MessageId(place.number, uid) for uid in sorted(last)]
        steps = self._steps_back(last.values())
        ends = folder_ends(self.conn, self.account_key, {step.old.number for step in steps.values()})
        steps = {new: step for new, step in steps.items() if step.old.number in ends}
        verdict = came(places, steps, self._known((step.old for step in steps.values()), ends), tells=self.tells)
        moves_store.mark(self.conn, self.account_key, verdict.marks)
        instead: dict[int, Event | None] = {each.uid: None for each in verdict.silent}
        for new, old in verdict.moved.items():
            instead[new.uid] = moved(old, ends[old.number], new, place)
        return Seen(instead, {each.uid: flags for each, flags in verdict.flags.items()})

    def left(self, place: Place, gone: Collection[int], before: Chunk, now: int) -> Seen:
        """Say what to tell of messages that are gone; `before` is the chunk that held them. Raises Undecided."""
        first = self._ask_steps(moves_store.ask_steps_from, place, gone, now, source=place.number)(gone)
        if not first:
            return _NOTHING
        places = {MessageId(place.number, uid): before.of(uid) for uid in sorted(first)}
        return self._judge_left(place, places, self._steps_on(first.values()))

    def missed(self, place: Place) -> list[MoveStep]:
        """Return the moves that were told of and led to this folder, where the message was gone when it was read."""
        expected = moves_store.expected_at(self.conn, self.account_key, place.number)
        ends = folder_ends(self.conn, self.account_key, {place.number})
        standings = self._standings((step.new for step in expected), ends)
        return [step for step in expected if standings[step.new] is PlaceReading.PASSED]

    def never_came(self, place: Place) -> Seen:
        """Say what to tell of the messages of these moves: they were deleted, or moved on."""
        lost = {step.new: step for step in self.missed(place)}
        moves_store.mark(self.conn, self.account_key, {step.old: MoveMark(MoveTold.ALL) for step in lost.values()})
        places = {new: step.flags for new, step in lost.items()}
        first = moves_store.steps_from(self.conn, self.account_key, place.number, [each.uid for each in places])
        seen = self._judge_left(place, places, self._steps_on(first.values()))
        return Seen({**{each.uid: deleted(place, each.uid) for each in places}, **seen.instead}, expects=seen.expects)

    # Messages that other programs move: the server calls them by the same name in both folders.

    def hold(self, place: Place, names: Mapping[int, int]) -> None:
        """Note that nothing is told yet of messages that left, given by UID. Their names are stored already."""
        marks = {MessageId(place.number, uid): MoveMark(MoveTold.HELD) for uid in names}
        moves_store.mark(self.conn, self.account_key, marks)

    def found(self, place: Place, named: Mapping[int, int], held: Mapping[int, HeldMessage], now: int) -> Seen:
        """Say what to tell of messages that came with the name of a held one. `named` has names by UID."""
        pairs = {held[name].was_at: (uid, held[name].flags) for uid, name in named.items() if name in held}
        ends = folder_ends(self.conn, self.account_key, {old.number for old in pairs})
        pairs = {old: found for old, found in pairs.items() if old.number in ends}
        proved = [(old, MessageId(place.number, uid)) for old, (uid, _) in pairs.items()]
        moves_store.put_moved(self.conn, self.account_key, [each for each in proved if each[0] != each[1]], now)
        moves_store.mark(self.conn, self.account_key, {old: MoveMark(MoveTold.ALL) for old in pairs})
        # A server may show a message again that it reported as gone.
        instead = {new.uid: None if old == new else moved(old, ends[old.number], new, place) for old, new in proved}
        return Seen(instead, flags=dict(pairs.values()))

    def holds(self) -> bool:
        """Whether nothing was told yet of some messages that left."""
        return bool(moves_store.held(self.conn, self.account_key))

    def release(self) -> list[Event]:
        """Return the events of messages that left and were not found again."""
        places = moves_store.held(self.conn, self.account_key)
        ends = folder_ends(self.conn, self.account_key, {each.number for each in places})
        moves_store.mark(self.conn, self.account_key, {each: MoveMark(MoveTold.ALL) for each in places})
        return [
            deleted(Place(ends[each.number].path, ends[each.number].special_use, None, each.number), each.uid)
            for each in places
            if each.number in ends
        ]

    # What is stored.

    def _judge_left(self, place: Place, places: Mapping[MessageId, Flags], steps: Mapping[MessageId, MoveStep]) -> Seen:
        ends = folder_ends(self.conn, self.account_key, {step.new.number for step in steps.values()})
        steps = {old: step for old, step in steps.items() if step.new.number in ends}
        standings = self._standings((step.new for step in steps.values()), ends)
        verdict = left(places, steps, standings.__getitem__, tells=self.tells)
        moves_store.mark(self.conn, self.account_key, verdict.marks)
        instead: dict[int, Event | None] = {each.uid: None for each in verdict.silent}
        for old, new in verdict.moved.items():
            instead[old.uid] = moved(old, place, new, ends[new.number])
        return Seen(instead, expects=bool(verdict.moved))

    def _ask_steps(
        self,
        ask: _AsksSteps,
        place: Place,
        uids: Collection[int],
        now: int,
        *,
        source: int | None = None,
        target: str | None = None,
    ) -> _KnownSteps:
        """Ask for the moves of messages. What is returned has those of some of them, the ones that matter.

        It raises Undecided if another that is under way may be of these.
        """
        if not uids:
            return lambda _: {}
        # What is under way is read first, or in the same statement. A move that was settled in between is then among
        # the others.
        pending = self._ask_pending(now, source=source, target=target)
        asked = ask(self.conn, self.account_key, place.number, uids)

        def steps(some: Collection[int]) -> dict[int, MoveStep]:
            found = {uid: step for uid, step in asked().items() if uid in some}
            if any(uid not in found for uid in some) and (ids := pending()):
                raise Undecided(ids)
            return found

        return steps

    def _ask_pending(
        self, now: int, *, source: int | None = None, target: str | None = None
    ) -> Callable[[], frozenset[str]]:
        """Ask for the moves under way from the folder `source`, or to the path `target`, that are worth waiting for.

        New mail does not wait for moves that only take messages out of its folder.
        """
        if not self.tells:
            return frozenset
        asked = under_way_store.ask(self.conn, self.account_key, now)
        return lambda: frozenset(
            each.id
            for each in asked()
            if (each.source == source or each.target == target) and each.id not in self.waited
        )

    def _steps_back(self, last: Iterable[MoveStep]) -> dict[MessageId, MoveStep]:
        """Return these steps and the untold ones before them, by the place that each led to."""
        steps = found = {step.new: step for step in last}
        for _ in range(MOST_STEPS):
            olds = [step.old for step in found.values() if step.told is MoveTold.NOTHING and step.old not in steps]
            found = {
                step.new: step
                for number, uids in _by_folder(olds).items()
                for step in moves_store.steps_to(self.conn, self.account_key, number, uids).values()
            }
            steps = steps | found
        return steps

    def _steps_on(self, first: Iterable[MoveStep]) -> dict[MessageId, MoveStep]:
        """Return these steps and those after them, by the place where each began."""
        steps = found = {step.old: step for step in first}
        for _ in range(MOST_STEPS):
            news = [step.new for step in found.values() if step.new not in steps]
            found = {
                step.old: step
                for number, uids in _by_folder(news).items()
                for step in moves_store.steps_from(self.conn, self.account_key, number, uids).values()
            }
            steps = steps | found
        return steps

    def _known(self, places: Iterable[MessageId], ends: Mapping[int, FolderEnd]) -> dict[MessageId, Flags]:
        """Return those of these messages that the sync knows, with their flags."""
        wanted: dict[tuple[int, int], list[MessageId]] = {}
        for place in places:
            end = ends.get(place.number)
            if end is not None and end.mailbox_id is not None:
                wanted.setdefault((end.mailbox_id, chunk_number(place.uid)), []).append(place)
        known: dict[MessageId, Flags] = {}
        for (mailbox_id, number), there in wanted.items():
            chunk = chunk_store.load(self.conn, mailbox_id, [number])[number]
            known |= {place: chunk.of(place.uid) for place in there if place.uid in chunk.uids}
        return known

    def _standings(self, places: Iterable[MessageId], ends: Mapping[int, FolderEnd]) -> dict[MessageId, PlaceReading]:
        places = list(places)
        known = self._known(places, ends)
        return {
            place: PlaceReading.KNOWN if place in known else _unknown(place, ends.get(place.number)) for place in places
        }


def _by_folder(places: Iterable[MessageId]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for place in places:
        found.setdefault(place.number, set()).add(place.uid)
    return found


def _unknown(place: MessageId, end: FolderEnd | None) -> PlaceReading:
    if end is None or end.mailbox_id is None or place.uid >= end.read_to or place.uid in end.missing:
        return PlaceReading.AHEAD
    return PlaceReading.PASSED
