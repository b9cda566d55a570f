"""How the folders at the ends of a move are found, and how far each was read."""

from __future__ import annotations

from postroom.sync.folder.ledger import FolderOpening
from postroom.sync.folder.plan import Start
from postroom.sync.moves.places_store import FolderEnd, folder_ends
from tests.sync.memory_account import MemoryAccount, memory_database

engine = memory_database()


async def test_folders_are_found_by_number() -> None:
    account = MemoryAccount(engine)
    key, inbox = account.lease.key, account.folder()
    await inbox.begin(FolderOpening(Start.FIRST, 7, 5, None, 4))
    number = inbox.place.number
    nothing = frozenset[int]()

    async def end() -> FolderEnd:
        return (await account.read(lambda conn: folder_ends(conn, key, {number, 99})))[number]

    assert await end() == FolderEnd("INBOX", None, inbox.row.id, 1, nothing)
    await inbox.settle(scanned=2)
    assert (await end()).read_to == 3
    await inbox.settle(scanned=None)
    await inbox.take_in({}, {}, uidnext=9, failed=[8])
    assert await end() == FolderEnd("INBOX", None, inbox.row.id, 9, frozenset({8}))
    # The server numbered the messages anew: nothing is known of those with the old number.
    await inbox.begin(FolderOpening(Start.AFRESH, 8, 1, None, 0))
    assert (await end()).mailbox_id is None
    assert await account.read(lambda conn: folder_ends(conn, key, ())) == {}
    assert await account.read(lambda conn: folder_ends(conn, key + 1000, {number})) == {}
