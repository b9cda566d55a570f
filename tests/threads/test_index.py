from __future__ import annotations

from postroom.threads import index, store
from tests.threads.conftest import Shelf, letter


async def test_messages_of_several_folders_are_one_thread(shelf: Shelf) -> None:
    assert await shelf.add("INBOX", {1: letter(101), 300: letter(101, 103)}) == {1: 101, 300: 101}
    assert await shelf.add("Sent", {1: letter(101, 102)}) == {1: 101}
    found = await shelf.db.read(lambda conn: store.holding(conn, shelf.key, {101}))
    assert [(each.path, each.uid, each.entry.name) for each in found] == [
        ("INBOX", 1, 101),
        ("INBOX", 300, 103),
        ("Sent", 1, 102),
    ]


async def test_a_message_taken_in_twice_is_there_once(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(101)})
    await shelf.add("INBOX", {1: letter(101), 2: letter(101, 102)})
    found = await shelf.db.read(lambda conn: store.holding(conn, shelf.key, {101}))
    assert [each.uid for each in found] == [1, 2]


async def test_a_removed_message_is_gone_and_told(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(101), 2: letter(102), 600: letter(103)})
    of = shelf.ids["INBOX"]
    gone = await shelf.db.write(lambda conn: index.remove(conn, of, [1, 600, 601]))
    assert {uid: entry.name for uid, entry in gone.items()} == {1: 101, 600: 103}
    left, _ = await shelf.db.read(lambda conn: store.newest_entries(conn, of))
    assert list(left) == [2]
    assert await shelf.db.write(lambda conn: index.remove(conn, of, [])) == {}
