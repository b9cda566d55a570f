"""The daily upkeep of an account's index, with a clock that the test moves."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.mail.identity.links import name_of
from postroom.storage.tables import accounts, thread_names
from postroom.sync.account.upkeep import Upkeep
from postroom.threads.sweeping import DAY
from tests.fakes.imap_server import FakeImapServer
from tests.sync.folder.test_indexing import fill, letter
from tests.sync.live_account import LiveAccount


def name(own: str) -> int:
    return name_of(f"<{own}>") or 0


async def stored(account: LiveAccount) -> int:
    """Octets of names."""
    total = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(thread_names.c.data)), 0))
    return int(await account.db.read(lambda conn: conn.execute(total).scalar_one()))


async def synced(account: LiveAccount) -> object:
    """When the account was last written."""
    column = sa.select(accounts.c.sync_time)
    return await account.db.read(lambda conn: conn.execute(column).scalar_one())


async def days(account: LiveAccount, upkeep: Upkeep, count: int) -> None:
    for _ in range(count):
        account.time += DAY
        await upkeep.step()


async def test_names_go_half_a_year_after_their_messages(account: LiveAccount, mail: FakeImapServer) -> None:
    for own in ("a", "b"):
        mail.append("u", letter(own))
    async with account.connected() as session:
        await fill(session)
        upkeep = Upkeep(session.engine.ledger)
        assert await stored(account) == 32
        mail.expunge("u", 1)
        await session.look()
        await days(account, upkeep, 29)
        before = await synced(account)
        await days(account, upkeep, 5 * 29)
        assert await stored(account) == 32
        assert await synced(account) == before
        await days(account, upkeep, 2 * 29)
        assert await stored(account) == 16


async def test_it_is_due_once_a_day(account: LiveAccount) -> None:
    async with account.connected() as session:
        upkeep = Upkeep(session.engine.ledger)
        first = upkeep.next_due() or 0
        assert account.time < first <= account.time + DAY
        await upkeep.step()
        assert upkeep.next_due() == first
        account.time = first
        await upkeep.step()
        assert upkeep.next_due() == first + DAY


async def test_the_engine_does_it(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("a"))
    async with account.connected() as session:
        await fill(session)
        mail.expunge("u", 1)
        await session.look()
        parts = sa.select(sa.func.max(thread_names.c.part))
        for _ in range(30):
            await session.later(DAY / 1000)
        assert await account.db.read(lambda conn: conn.execute(parts).scalar_one()) > 0


async def test_without_an_index_nothing_is_due(account: LiveAccount) -> None:
    account.options["thread_index"] = False
    async with account.connected() as session:
        upkeep = Upkeep(session.engine.ledger)
        assert upkeep.next_due() is None
        await days(account, upkeep, 2)
