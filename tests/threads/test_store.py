from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.tables import accounts, mailboxes, thread_chunks, thread_names
from postroom.threads import store
from tests.threads.conftest import Shelf, letter


async def test_names_of_a_large_account_are_found_again(shelf: Shelf) -> None:
    threads = {name: -name for name in range(1, 40_000)}
    await shelf.db.write(lambda conn: store.put_names(conn, shelf.key, threads))
    await shelf.db.write(lambda conn: store.put_names(conn, shelf.key, {-7: 8}))
    wanted = [1, 39_999, 20_000, -7, 40_000]
    assert await shelf.db.read(lambda conn: store.names(conn, shelf.key, wanted)) == {
        1: -1,
        39_999: -39_999,
        20_000: -20_000,
        -7: 8,
    }


async def test_a_joined_thread_is_the_other_one_ever_after(shelf: Shelf) -> None:
    await shelf.db.write(lambda conn: store.put_names(conn, shelf.key, {1: 1, 2: 2, 3: 3}))
    await shelf.db.write(lambda conn: store.put_joins(conn, shelf.key, {1: 2}))
    await shelf.db.write(lambda conn: store.put_joins(conn, shelf.key, {2: 3}))
    assert await shelf.db.read(lambda conn: store.names(conn, shelf.key, [1, 2, 3])) == {1: 3, 2: 3, 3: 3}
    assert await shelf.db.read(lambda conn: store.aliases(conn, shelf.key, [3])) == {1: 3, 2: 3}
    assert await shelf.db.read(lambda conn: store.all_joins(conn, shelf.key)) == {1: 3, 2: 3}


async def test_what_belongs_to_a_folder_or_an_account_goes_with_it(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(101)})
    await shelf.add("Sent", {1: letter(102)})
    await shelf.db.write(lambda conn: store.forget(conn, [shelf.ids["INBOX"]]))
    await shelf.db.write(lambda conn: conn.execute(sa.delete(mailboxes).where(mailboxes.c.path == "Sent")) and None)
    count = sa.select(sa.func.count())
    chunks = count.select_from(thread_chunks)
    assert await shelf.db.read(lambda conn: conn.execute(chunks).scalar_one()) == 0
    await shelf.db.write(lambda conn: conn.execute(sa.delete(accounts)) and None)
    names = count.select_from(thread_names)
    assert await shelf.db.read(lambda conn: conn.execute(names).scalar_one()) == 0


async def test_a_folder_is_found_with_its_uidvalidity_alone(shelf: Shelf) -> None:
    of = await shelf.db.read(lambda conn: store.mailbox_id(conn, shelf.key, "INBOX", 7))
    assert of == shelf.ids["INBOX"]
    assert await shelf.db.read(lambda conn: store.mailbox_id(conn, shelf.key, "INBOX", 8)) is None
