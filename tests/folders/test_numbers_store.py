"""The numbers of folders in message ids: given once, never used again."""

from __future__ import annotations

from postroom.folders import numbers_store
from postroom.storage.statements.connection import Connection
from postroom.sync import store
from tests.sync.conftest import account, mail
from tests.sync.live_account import LiveAccount

__all__ = ["account", "mail"]


async def test_numbers_of_folders_are_never_used_again(account: LiveAccount) -> None:
    async def number(path: str, uidvalidity: int) -> int:
        return await account.db.write(lambda conn: numbers_store.number(conn, account.key, path, uidvalidity))

    assert [await number("a", 1), await number("a", 2), await number("b", 1)] == [1, 2, 3]
    assert await number("a", 1) == 1
    await account.db.write(lambda conn: store.wipe(conn, account.key))
    assert [await number("b", 1), await number("c", 1)] == [3, 4]


async def test_several_folders_are_numbered_at_once_in_their_order(account: LiveAccount) -> None:
    async def numbers(*wanted: tuple[str, int]) -> list[int]:
        return await account.db.write(lambda conn: numbers_store.numbers(conn, account.key, wanted))

    assert await numbers(("b", 1), ("a", 1)) == [1, 2]
    assert await numbers(("c", 1), ("a", 1), ("a", 2), ("c", 1)) == [3, 2, 4, 3]
    assert await numbers() == []


async def test_a_number_leads_back_to_its_folder(account: LiveAccount) -> None:
    def work(conn: Connection) -> int:
        assert numbers_store.lock(conn, account.key)
        assert not numbers_store.lock(conn, account.key + 1)
        return numbers_store.number(conn, account.key, "Sent", 7)

    number = await account.db.write(work)
    found = await account.db.read(lambda conn: numbers_store.find_numbered(conn, account.key, number))
    assert found == ("Sent", 7)
    assert await account.db.read(lambda conn: numbers_store.find_numbered(conn, account.key, number + 1)) is None
    assert await account.db.read(lambda conn: numbers_store.find_number(conn, account.key, "Sent", 7)) == number
    assert await account.db.read(lambda conn: numbers_store.find_number(conn, account.key, "Sent", 8)) is None


async def test_numbers_follow_renamed_folders(account: LiveAccount) -> None:
    def work(conn: Connection) -> list[int]:
        wanted = [("A", 1), ("A", 2), ("A/x", 3), ("B", 2), ("C", 1)]
        given = numbers_store.numbers(conn, account.key, wanted)
        numbers_store.move(conn, account.key, {"A": "B", "A/x": "B/x", "nowhere": "else"})
        return given

    one, two, below, other, apart = await account.db.write(work)

    def places_of(conn: Connection) -> list[tuple[str, int] | None]:
        return [numbers_store.find_numbered(conn, account.key, each) for each in (one, two, below, other, apart)]

    places = await account.db.read(places_of)
    # The second had a name that is taken for its UIDVALIDITY, so it stays where it was.
    assert places == [("B", 1), ("A", 2), ("B/x", 3), ("B", 2), ("C", 1)]
    again = await account.db.write(lambda conn: numbers_store.numbers(conn, account.key, [("B", 1), ("B/x", 3)]))
    assert again == [one, below]
