"""What is told of messages that were moved, in whatever order the sync looks at the folders."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from postroom.events.types import Event, MessageNew
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags
from postroom.mail.identity.links import Links
from postroom.mail.ids import MessageId, message_id
from postroom.storage.statements.connection import Connection
from postroom.sync.folder.chunks import chunk_of
from postroom.sync.folder.ledger import FolderLedger, FolderOpening
from postroom.sync.folder.plan import Start
from postroom.sync.moves.book import Undecided
from postroom.threads.moves import store as moves_store
from postroom.threads.moves import under_way_store
from postroom.threads.moves.under_way_store import UnderWay
from tests.flows.replay import replay
from tests.sync.memory_account import MemoryAccount, memory_database
from tests.sync.model_server import flag_set

NONE, SEEN = flag_set(), flag_set("\\Seen")
engine = memory_database()
_names = itertools.count(1)


@dataclass
class Box:
    """A folder of the server, and the sync's view of it."""

    account: MemoryAccount
    folder: FolderLedger
    present: dict[int, Flags] = field(default_factory=dict)
    uidnext: int = 1
    names: dict[int, int] = field(default_factory=dict)
    """What the server calls each message, wherever it is; on a server that names messages."""

    @property
    def number(self) -> int:
        return self.folder.place.number

    def receive(self, flags: Flags = NONE, name: int | None = None) -> int:
        self.present[self.uidnext] = flags
        if self.account.indexes:
            self.names[self.uidnext] = next(_names) if name is None else name
        self.uidnext += 1
        return self.uidnext - 1

    async def look(self, *, leaving_first: bool = False, announces: bool = True) -> None:
        """A visit of the sync, as `FolderSync` does it."""
        if leaving_first:
            await self.folder.keep(UidSet.from_iterable(self.present))
        cursor = self.folder.row.uidnext or 1
        new = {uid: flags for uid, flags in self.present.items() if uid >= cursor}
        news = {uid: self._new(uid, flags) for uid, flags in new.items()} if announces else {}
        links = {uid: Links(self.names[uid], 100, 7, ()) for uid in new if uid in self.names}
        await self.folder.take_in(new, news, uidnext=self.uidnext, links=links, named=list(links))
        await self.folder.settle(uidnext=self.uidnext)
        await self.folder.keep(UidSet.from_iterable(self.present))
        await self.folder.change(self.present)
        await self.folder.end_moves()

    def _new(self, uid: int, flags: Flags) -> Event:
        place = self.folder.place
        return MessageNew(
            place.path,
            place.special_use,
            {
                "id": message_id(place.number, uid),
                "uid": uid,
                "path": place.path,
                "flags": sorted(flags),
                "subject": "",
                "to": [],
            },
        )


@dataclass
class World:
    """An account with three folders."""

    account: MemoryAccount
    boxes: dict[str, Box]

    def __getitem__(self, path: str) -> Box:
        return self.boxes[path]

    def move(self, uid: int, source: str, target: str) -> tuple[MessageId, MessageId]:
        new = self[target].receive(self[source].present.pop(uid), self[source].names.get(uid))
        return MessageId(self[source].number, uid), MessageId(self[target].number, new)

    async def prove(self, *moves: tuple[MessageId, MessageId]) -> None:
        """What the request does when it has read the answer."""

        def work(conn: Connection) -> tuple[None, list[Event]]:
            moves_store.put_moved(conn, self.account.lease.key, list(moves), self.account.time)
            return None, []

        await self.account.write(work)

    def told(self) -> list[tuple[Any, ...]]:
        """What was announced since the last call: name, path, UID, and where it was."""
        events, self.account.events = self.account.events, []
        return [_short(event) for event in events]


def _short(event: Event) -> tuple[Any, ...]:
    data: Any = event.data()
    before = data.get("previous")
    return (event.name, event.path, data["uid"], *([] if before is None else [before["path"], before["uid"]]))


def log_of(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [{"event": each.name, "path": each.path, "data": each.data()} for each in events]


@pytest.fixture
async def world() -> World:
    return await made()


@pytest.fixture
async def naming() -> World:
    """The same on a server that names messages."""
    return await made(names=True)


async def made(*, names: bool = False) -> World:
    account = MemoryAccount(engine)
    account.indexes = account.moves.names = names
    boxes = {}
    for path in ("A", "B", "C"):
        folder = account.folder(path)
        await folder.begin(FolderOpening(Start.FIRST, 1, 1, None, 0))
        boxes[path] = Box(account, folder)
    return World(account, boxes)


async def test_the_end_that_is_seen_first_is_told_and_the_other_is_silent(world: World) -> None:
    for order in ("AB", "BA"):
        uid = world["A"].receive()
        await world["A"].look()
        move = world.move(uid, "A", "B")
        await world.prove(move)
        world.told()
        for path in order:
            await world[path].look()
        assert world.told() == [("messageMoved", "B", move[1].uid, "A", uid)]
        for path in "ABC":
            await world[path].look()
        assert world.told() == []


async def test_the_event_says_where_the_message_is_and_was(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    old, new = world.move(uid, "A", "B")
    await world.prove((old, new))
    world.account.events.clear()
    await world["B"].look()
    (event,) = world.account.events
    assert event.data() == {
        "id": message_id(new.number, new.uid),
        "uid": new.uid,
        "previous": {"id": message_id(old.number, old.uid), "uid": uid, "path": "A"},
    }


@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_without_a_proof_it_is_deleted_and_new(world: World, order: str) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    world.told()
    await world[order[0]].look()
    # The proof comes too late: one half was told.
    await world.prove(move)
    await world[order[1]].look()
    assert sorted(world.told()) == [("messageDeleted", "A", uid), ("messageNew", "B", move[1].uid)]


@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_the_setting_brings_the_pair_back(world: World, order: str) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    await world.prove(move)
    world.told()
    world.account.moves.tells = False
    for path in order:
        await world[path].look()
    assert sorted(world.told()) == [("messageDeleted", "A", uid), ("messageNew", "B", move[1].uid)]


@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_a_setting_that_changes_between_the_two_ends_loses_nothing(world: World, order: str) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    await world.prove(world.move(uid, "A", "B"))
    world.told()
    await world[order[0]].look()
    world.account.moves.tells = False
    await world[order[1]].look()
    assert [each[0] for each in world.told()] == ["messageMoved"]


@pytest.mark.parametrize("order", ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"])
async def test_two_moves_in_a_row_are_one(world: World, order: str) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    first = world.move(uid, "A", "B")
    second = world.move(first[1].uid, "B", "C")
    await world.prove(first)
    await world.prove(second)
    world.told()
    for path in order * 2:
        await world[path].look()
    assert world.told() == [("messageMoved", "C", second[1].uid, "A", uid)]


@pytest.mark.parametrize("leaving_first", [True, False])
@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_there_and_back(world: World, order: str, leaving_first: bool) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    first = world.move(uid, "A", "B")
    second = world.move(first[1].uid, "B", "A")
    await world.prove(first, second)
    world.told()
    for path in order * 2:
        await world[path].look(leaving_first=leaving_first)
    assert world.told() == [("messageMoved", "A", second[1].uid, "A", uid)]


async def test_told_on_the_way_and_moved_on(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    first = world.move(uid, "A", "B")
    await world.prove(first)
    world.told()
    await world["A"].look()
    second = world.move(first[1].uid, "B", "C")
    await world.prove(second)
    for path in "CBA":
        await world[path].look()
    assert world.told() == [
        ("messageMoved", "B", first[1].uid, "A", uid),
        ("messageMoved", "C", second[1].uid, "B", first[1].uid),
    ]


async def test_gone_before_it_was_seen_where_it_was_told_to_be(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    await world.prove(move)
    await world["A"].look()
    del world["B"].present[move[1].uid]
    world.told()
    for path in "BB":
        await world[path].look()
    assert world.told() == [("messageDeleted", "B", move[1].uid)]
    # Seen in time, the log has no trace of B.
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    await world.prove(move)
    del world["B"].present[move[1].uid]
    world.told()
    for path in "BAB":
        await world[path].look()
    assert world.told() == [("messageDeleted", "A", uid)]


async def test_a_message_that_nobody_was_told_of_is_new(world: World) -> None:
    move = world.move(world["A"].receive(), "A", "B")
    await world.prove(move)
    for path in "BA":
        await world[path].look()
    assert world.told() == [("messageNew", "B", move[1].uid)]


async def test_an_old_message_that_was_never_announced_is_moved_all_the_same(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look(announces=False)
    move = world.move(uid, "A", "B")
    await world.prove(move)
    await world["B"].look(announces=False)
    assert world.told() == [("messageMoved", "B", move[1].uid, "A", uid)]


async def test_a_folder_that_is_read_for_the_first_time(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    await world.prove(move)
    await world["B"].folder.begin(FolderOpening(Start.FIRST, 1, 2, None, 1))
    world.told()
    await world["A"].look()
    await world["B"].folder.end_moves()
    await world["B"].folder.scan({1: NONE}, 1)
    await world["B"].folder.settle(scanned=None)
    await world["B"].folder.end_moves()
    assert world.told() == [("messageMoved", "B", 1, "A", uid)]


async def test_a_folder_that_is_not_followed(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    await world.prove((MessageId(world["A"].number, uid), MessageId(world["B"].number, 5)))
    del world["A"].present[uid]
    world.told()
    await world["A"].look()
    assert world.told() == [("messageMoved", "B", 5, "A", uid)]


async def test_a_folder_that_was_deleted_before_its_messages_were_seen(world: World) -> None:
    known, moved = [world["A"].receive() for _ in range(2)]
    await world["A"].look()
    key, gone = world.account.lease.key, world["B"].number
    await world.prove(world.move(moved, "A", "B"))
    await world.account.read(lambda conn: moves_store.forget_to(conn, key, {gone}))
    world.told()
    await world["A"].look()
    assert world.told() == [("messageDeleted", "A", moved)]
    # One that was told to be there is not awaited any more.
    await world.prove(world.move(known, "A", "C"))
    await world["A"].look()
    assert await world.account.read(lambda conn: moves_store.awaiting(conn, key)) == {world["C"].number}
    await world.account.read(lambda conn: moves_store.forget_to(conn, key, {world["C"].number}))
    assert await world.account.read(lambda conn: moves_store.awaiting(conn, key)) == frozenset()


async def test_a_message_that_cannot_be_fetched_yet_is_still_to_come(world: World) -> None:
    uid = world["A"].receive()
    await world["A"].look()
    move = world.move(uid, "A", "B")
    await world.prove(move)
    box = world["B"]
    await box.folder.take_in({}, {}, uidnext=2, failed=[1])
    world.told()
    await world["A"].look()
    await box.folder.end_moves()
    await box.folder.take_in({1: NONE}, {1: box._new(1, NONE)})
    assert world.told() == [("messageMoved", "B", 1, "A", uid)]


@pytest.mark.parametrize("order", ["AB", "BA"])
async def test_flags_that_changed_on_the_way_are_told(world: World, order: str) -> None:
    uid = world["A"].receive(flag_set("\\Flagged"))
    await world["A"].look()
    world["A"].present[uid] = SEEN
    await world.prove(world.move(uid, "A", "B"))
    world.account.events.clear()
    for path in order:
        await world[path].look()
    moved, updated = world.account.events
    assert (moved.name, updated.name, updated.path) == ("messageMoved", "messageUpdated", "B")
    assert updated.data()["changes"] == {"flags": {"added": ["\\Seen"], "deleted": ["\\Flagged"], "value": ["\\Seen"]}}


@pytest.mark.parametrize(("source", "target", "end"), [("A", "C", "left"), ("B", "A", "came"), ("C", "A", "came")])
async def test_what_may_be_one_end_of_a_move_under_way_is_not_decided(
    world: World, source: str, target: str, end: str
) -> None:
    key, now = world.account.lease.key, world.account.time

    def begin(conn: Connection) -> tuple[None, list[Event]]:
        under_way_store.begin(conn, key, UnderWay("m", world[source].number, target, now + 1), now)
        return None, []

    await world.account.write(begin)
    place = world["A"].folder.place

    def came(conn: Connection) -> object:
        return world.account.moves.book(conn).came(place, {9: NONE}, now)

    def left(conn: Connection) -> object:
        return world.account.moves.book(conn).left(place, {9}, chunk_of({9: NONE}), now)

    judge, other = (came, left) if end == "came" else (left, came)
    with pytest.raises(Undecided) as caught:
        await world.account.read(judge)
    assert caught.value.ids == {"m"}
    # A message that comes is no end of a move out of its folder, and one that leaves is none of a move into it.
    await world.account.read(other)
    # It counts up to its time, and not for those who want no moves.
    world.account.moves.tells = False
    await world.account.read(judge)
    world.account.moves.tells, now = True, now + 1
    await world.account.read(judge)


async def test_a_message_that_is_called_the_same_in_another_folder_was_moved(naming: World) -> None:
    uid = naming["A"].receive(SEEN)
    await naming["A"].look()
    _, new = naming.move(uid, "A", "B")
    naming["B"].present[new.uid] = NONE
    naming.told()
    await naming["A"].look()
    assert naming.told() == []
    await naming["B"].look()
    await naming.account.release()
    assert naming.told() == [("messageMoved", "B", new.uid, "A", uid), ("messageUpdated", "B", new.uid)]
    # The new place is known, as after a move by a request.
    key, old = naming.account.lease.key, MessageId(naming["A"].number, uid)
    left = await naming.account.read(lambda conn: moves_store.find(conn, key, old))
    assert left is not None
    assert left.to == new


async def test_a_message_that_is_found_nowhere_was_deleted(naming: World) -> None:
    uid = naming["A"].receive()
    await naming["A"].look()
    naming["A"].present.clear()
    naming.told()
    await naming["A"].look()
    assert naming.told() == []
    for _ in range(2):
        await naming.account.release()
    assert naming.told() == [("messageDeleted", "A", uid)]


async def test_a_copy_is_new_at_once_and_its_original_deleted_later(naming: World) -> None:
    uid = naming["A"].receive()
    await naming["A"].look()
    copy = naming["B"].receive(NONE, naming["A"].names[uid])
    naming.told()
    await naming["B"].look()
    assert naming.told() == [("messageNew", "B", copy)]
    naming["A"].present.clear()
    await naming["A"].look()
    await naming.account.release()
    assert naming.told() == [("messageDeleted", "A", uid)]


async def test_a_name_that_the_server_did_not_give_proves_nothing(naming: World) -> None:
    uid = naming["A"].receive()
    await naming["A"].look()
    naming["A"].present.clear()
    await naming["A"].look()
    box, name = naming["B"], naming["A"].names[uid]
    naming.told()
    news = {1: box._new(1, NONE)}
    await box.folder.take_in({1: NONE}, news, uidnext=2, links={1: Links(name, 100, 7, ())})
    await naming.account.release()
    assert naming.told() == [("messageNew", "B", 1), ("messageDeleted", "A", uid)]


async def test_a_message_that_is_shown_again_was_never_told_as_gone(naming: World) -> None:
    uid = naming["A"].receive()
    await naming["A"].look()
    folder = naming["A"].folder
    await folder.keep(UidSet())
    naming.told()
    links = {uid: Links(naming["A"].names[uid], 100, 7, ())}
    await folder.take_in({uid: NONE}, {uid: naming["A"]._new(uid, NONE)}, links=links, named=[uid])
    await naming.account.release()
    assert naming.told() == []


@pytest.mark.parametrize("seed", range(25))
async def test_the_log_tells_what_is_there_whatever_happens(world: World, seed: int) -> None:
    """Random moves, proved in time, late or never, by any program, while the sync looks now and then."""
    await _history(world, seed)


@pytest.mark.parametrize("seed", range(25))
async def test_so_it_does_on_a_server_that_names_messages(naming: World, seed: int) -> None:
    await _history(naming, seed)


async def _history(world: World, seed: int) -> None:
    chance, late, key = random.Random(seed), [], world.account.lease.key
    for _ in range(25):
        path = chance.choice("ABC")
        box = world[path]
        uids = sorted(box.present)
        match chance.choice(
            ["receive", "move", "move", "move", "delete", "flag", "look", "look", "prove", "copy", "release"]
        ):
            case "receive":
                box.receive(chance.choice([NONE, SEEN]))
            case "move" if uids:
                move = world.move(chance.choice(uids), path, chance.choice([each for each in "ABC" if each != path]))
                match chance.choice(["now", "now", "late", "never"]):
                    case "now":
                        await world.prove(move)
                    case "late":
                        late.append(move)
            case "delete" if uids:
                del box.present[chance.choice(uids)]
            case "flag" if uids:
                box.present[chance.choice(uids)] = chance.choice([NONE, SEEN])
            case "look":
                await box.look(leaving_first=chance.random() < 0.5)
            case "prove" if late:
                await world.prove(late.pop(chance.randrange(len(late))))
            case "copy" if uids:
                uid = chance.choice(uids)
                world[chance.choice("ABC")].receive(box.present[uid], box.names.get(uid))
            case "release":
                await world.account.release()
        if chance.random() < 0.1:
            world.account.moves.tells = not world.account.moves.tells
        if chance.random() < 0.1:
            # A new connection remembers nothing.
            names = world.account.moves.names
            world.account.moves = type(world.account.moves)(world.account, key)
            world.account.moves.names = names
            await world.account.release()
        replay(log_of(world.account.events))
    for path in "ABCABC":
        await world[path].look()
    await world.account.release()
    is_there = {path: dict(box.present) for path, box in world.boxes.items() if box.present}
    assert replay(log_of(world.account.events)) == is_there
