from __future__ import annotations

from postroom.threads import reading
from tests.threads.conftest import Shelf, letter


async def test_the_thread_with_the_newest_message_is_first(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(101), 2: letter(102), 3: letter(101, 103), 4: letter(104)})
    await shelf.add("Sent", {9: letter(101, 103, 109)})
    of = shelf.ids["INBOX"]
    page = await shelf.db.read(lambda conn: reading.page(conn, shelf.key, of, 0, 2))
    assert page.total == 3
    assert [(line.thread, line.newest, len(line.members)) for line in page.lines] == [(104, 4, 1), (101, 3, 3)]
    rest = await shelf.db.read(lambda conn: reading.page(conn, shelf.key, of, 1, 2))
    assert [line.thread for line in rest.lines] == [102]


async def test_a_page_says_whether_all_messages_of_the_folder_were_looked_at(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(101), **{256 * number: letter(200 + number) for number in range(1, 80)}})
    of = shelf.ids["INBOX"]
    page = await shelf.db.read(lambda conn: reading.page(conn, shelf.key, of, 0, 1))
    assert (page.total, page.looked_at, page.is_whole) == (80, 80, True)
    await shelf.add("INBOX", {256 * 80: letter(300)})
    page = await shelf.db.read(lambda conn: reading.page(conn, shelf.key, of, 0, 1))
    assert (page.total, page.looked_at, page.is_whole) == (80, 80, False)


async def test_joined_threads_are_one_and_found_by_both_ids(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(102, 103)})
    await shelf.add("INBOX", {2: letter(101)})
    await shelf.add("INBOX", {3: letter(101, 102)})
    by_both = await shelf.db.read(lambda conn: reading.members(conn, shelf.key, [101, 102]))
    assert [each.uid for each in by_both[101]] == [1, 2, 3]
    assert by_both[102] == by_both[101]
    of = shelf.ids["INBOX"]
    assert await shelf.db.read(lambda conn: reading.threads_at(conn, shelf.key, of, [1, 3, 4])) == {1: 101, 3: 101}
    page = await shelf.db.read(lambda conn: reading.page(conn, shelf.key, of, 0, 9))
    assert [line.thread for line in page.lines] == [101]


async def test_an_unknown_thread_has_no_messages(shelf: Shelf) -> None:
    assert await shelf.db.read(lambda conn: reading.members(conn, shelf.key, [5])) == {5: []}
