"""Folders that stay open between two borrowers with a `Stay`, and close when their time is over."""

from __future__ import annotations

import asyncio

from postroom.connections.clients.imap_client import ImapClient
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.sessions.pool import Pool
from postroom.sessions.staying import STAYS_FOR, Stay
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer
from tests.fakes.waiting import eventually
from tests.sessions.conftest import Bank, sessions_of


def now() -> float:
    return asyncio.get_running_loop().time()


async def list_in(bank: Bank, stay: Stay, *, read_only: bool = True, known: str = "as it was") -> ImapClient:
    """Open a folder that may stay open, and give the session back."""
    async with bank.lend(stay=stay) as client:
        stay.begin(now())
        await client.run(Select(b"INBOX", read_only=read_only))
        stay.known = known
        return client


async def test_the_next_borrower_is_told_of_the_folder(bank: Bank) -> None:
    first, second = Stay(), Stay()
    client = await list_in(bank, first)
    async with bank.lend(stay=second) as again:
        assert (again, second.known, second.until) == (client, "as it was", first.until)
        assert again.selected is not None
        assert again.selected.name == "INBOX"


async def test_a_borrower_without_the_wish_finds_no_folder(bank: Bank) -> None:
    client = await list_in(bank, Stay())
    async with bank.lend() as again:
        assert (again, again.selected) == (client, None)


async def test_only_folders_open_read_only_stay(bank: Bank) -> None:
    client = await list_in(bank, Stay(), read_only=False)
    later = Stay()
    async with bank.lend(stay=later) as again:
        assert (again, again.selected, later.known) == (client, None, None)


async def test_a_folder_closes_when_its_time_is_over(bank: Bank, server: FakeImapServer) -> None:
    stay = Stay()
    async with bank.lend(stay=stay) as client:
        stay.begin(now() - STAYS_FOR + 0.2)
        await client.run(Select(b"INBOX", read_only=True))
        stay.known = "as it was"
    assert client.selected is not None
    await eventually(lambda: client.selected is None)
    assert not client.closed
    assert await bank.use() is client


async def test_use_of_one_session_closes_the_folder_on_the_other(bank: Bank) -> None:
    async with bank.lend() as other:
        client = await list_in(bank, Stay())
        assert client is not other
        assert client.selected is not None
    await eventually(lambda: client.selected is None)


async def test_a_folder_opened_before_another_use_does_not_stay(bank: Bank) -> None:
    stay = Stay()
    async with bank.lend(stay=stay) as client:
        stay.begin(now())
        await client.run(Select(b"INBOX", read_only=True))
        await bank.use()
        stay.known = "as it was"
    await eventually(lambda: client.selected is None)


async def test_another_account_disturbs_nobody(bank: Bank) -> None:
    client = await list_in(bank, Stay())
    async with bank.lend(key=2) as other:
        await other.run(Noop())
    assert client.selected is not None


async def test_without_unselect_no_folder_stays_open() -> None:
    plain = tuple(name for name in CAPABILITIES if name not in ("UNSELECT", "IMAP4rev2"))
    async with FakeImapServer(capabilities=plain) as server:
        bank = Bank(server.host, server.port, Pool(sessions_of()))
        assert (await list_in(bank, Stay())).closed
        await bank.pool.close()


async def test_no_record_is_left_of_a_session_that_ends(bank: Bank, server: FakeImapServer) -> None:
    await list_in(bank, Stay())
    assert [each.stay is not None for each in bank.pool._open.values()] == [True]
    await server.drop_connections()
    await eventually(lambda: not bank.pool._open)
