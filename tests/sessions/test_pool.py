"""Lent sessions at servers on real sockets: reused when they are whole, closed when they are not."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import ConnectionLost
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.errors import CommandFailed
from postroom.sessions.failures import NoPlace, SessionFailed
from postroom.sessions.pool import Pool
from tests.fakes.imap_server import CAPABILITIES, GOOD, FakeImapServer, answer, drop_during, never_answer, refuse_login
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot
from tests.sessions.conftest import Bank, sessions_of


async def test_a_session_is_lent_again(bank: Bank, server: FakeImapServer) -> None:
    first = await bank.use()
    assert await bank.use() is first
    assert server.statistics.logins == 1


async def test_two_of_an_account_at_a_time_and_the_third_is_told_what_is_in_use(
    bank: Bank, server: FakeImapServer
) -> None:
    async with bank.lend() as one, bank.lend() as two:
        assert one is not two
        with pytest.raises(NoPlace) as caught:
            await bank.use(patience=0.05)
        assert (caught.value.in_use.account, caught.value.in_use.at_account) == (2, 2)
        third = asyncio.create_task(bank.use())
        await eventually(lambda: bool(bank.pool._waiters))
    assert await third in (one, two)
    assert server.statistics.logins == 2


async def test_a_refusal_does_no_harm(bank: Bank, server: FakeImapServer) -> None:
    with pytest.raises(CommandFailed):
        async with bank.lend() as client:
            await client.run(Select(b"No such folder"))
    assert await bank.use() is client


async def test_a_folder_left_open_is_closed_before_the_next_borrower_comes(bank: Bank, server: FakeImapServer) -> None:
    async with bank.lend() as client:
        await client.run(Select(b"INBOX"))
    async with bank.lend() as again:
        assert (again, again.selected, again.take_news()) == (client, None, [])
    assert "UNSELECT" in server.statistics.commands(1)


async def test_without_unselect_a_session_with_an_open_folder_is_not_lent_again() -> None:
    plain = tuple(name for name in CAPABILITIES if name not in ("UNSELECT", "IMAP4rev2"))
    async with FakeImapServer(capabilities=plain) as server:
        bank = Bank(server.host, server.port, Pool(sessions_of()))
        async with bank.lend() as client:
            await client.run(Select(b"INBOX"))
        assert client.closed
        again = await bank.use()
        assert await bank.use() is again
        await bank.pool.close()


async def test_an_answer_to_unselect_that_is_a_refusal_ends_the_session(bank: Bank, server: FakeImapServer) -> None:
    server.behave(answer("UNSELECT", tagged="BAD No"))
    async with bank.lend() as client:
        await client.run(Select(b"INBOX"))
    server.behave(GOOD)
    assert await bank.use() is not client
    assert client.closed


async def test_a_session_that_fails_on_the_wire_is_not_lent_again(bank: Bank, server: FakeImapServer) -> None:
    server.next_connections(drop_during("NOOP"))
    with pytest.raises(ConnectionLost):
        await bank.use()
    assert bank.pool.places.count == 0
    await bank.use()
    assert server.statistics.logins == 2


@pytest.mark.parametrize("how", ["cancelled", "timed out"])
async def test_a_session_is_not_lent_again_after_a_command_that_was_given_up(
    bank: Bank, server: FakeImapServer, how: str
) -> None:
    server.next_connections(never_answer("NOOP"))
    borrowed: list[ImapClient] = []

    async def borrow() -> None:
        async with bank.lend() as client:
            borrowed.append(client)
            if how == "cancelled":
                await client.run(Noop())
            else:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await client.run(Noop())

    task = asyncio.create_task(borrow())
    await eventually(lambda: "NOOP" in server.statistics.commands(1))
    if how == "cancelled":
        task.cancel()
    await asyncio.wait([task])
    assert (borrowed[0].closed, bank.pool.places.count) == (True, 0)
    assert await bank.use() is not borrowed[0]


async def test_a_session_that_ended_while_it_was_idle_is_forgotten(bank: Bank, server: FakeImapServer) -> None:
    client = await bank.use()
    for session in list(server.world.sessions):
        session.writer.close()
    await eventually(lambda: client.closed)
    assert bank.pool.places.count == 0
    await bank.use()
    assert server.statistics.logins == 2


async def test_who_stops_waiting_leaves_no_trace(bank: Bank) -> None:
    async with bank.lend(), bank.lend() as two:
        waiting = [asyncio.create_task(bank.use()) for _ in range(3)]
        await eventually(lambda: len(bank.pool._waiters) == 3)
        waiting[0].cancel()
        waiting[2].cancel()
        await asyncio.wait([waiting[0], waiting[2]])
    assert isinstance(await waiting[1], type(two))
    assert (bank.pool.places.count, bank.pool._waiters) == (2, {})


async def test_who_gives_up_in_the_moment_of_the_grant_returns_the_place(bank: Bank) -> None:
    async with bank.lend():
        holding = bank.lend()
        await holding.__aenter__()
        late = asyncio.create_task(bank.use())
        await eventually(lambda: len(bank.pool._waiters) == 1)
        await holding.__aexit__(None, None, None)
        late.cancel()
        await asyncio.wait([late])
        assert not (await bank.use(patience=1.0)).closed


async def test_a_host_has_a_limit_and_idle_sessions_make_room(bank: Bank, server: FakeImapServer) -> None:
    idle = await bank.use(key=1, at_host=2)
    async with bank.lend(2, at_host=2):
        assert not idle.closed
        async with bank.lend(3, at_host=2):
            assert idle.closed
            with pytest.raises(NoPlace) as caught:
                await bank.use(key=4, at_host=2, patience=0.05)
            assert (caught.value.in_use.host, caught.value.in_use.at_host) == (2, 2)


async def test_idle_sessions_are_closed_politely_in_time(server: FakeImapServer) -> None:
    pool = Pool(sessions_of(), idle_for=0.0)
    client = await Bank(server.host, server.port, pool).use()
    assert await pool.close_idle() is None
    assert client.closed
    await eventually(lambda: "LOGOUT" in server.statistics.commands(1))
    kept = Pool(sessions_of(), idle_for=30.0)
    await Bank(server.host, server.port, kept).use()
    due = await kept.close_idle()
    assert due is not None
    assert 0 < due <= 30.0
    await kept.close()


async def test_a_change_takes_sessions_away_from_their_borrowers(bank: Bank) -> None:
    idle = await bank.use(key=2)
    async with bank.lend() as client:
        bank.pool.dismiss("account 1", 1, 2)
        with pytest.raises(ConnectionLost):
            await client.run(Noop())
    assert (client.closed, idle.closed) == (True, False)
    bank.pool.dismiss("account 2", None)
    assert (idle.closed, bank.pool.places.count) == (True, 0)


async def test_a_change_during_the_sign_in_lends_nothing(bank: Bank, server: FakeImapServer) -> None:
    server.next_connections(never_answer("AUTHENTICATE"))
    opening = asyncio.create_task(bank.use())
    await eventually(lambda: bank.pool.places.count == 1)
    bank.pool.dismiss("account 1", None)
    assert bank.pool.places.count == 0
    opening.cancel()
    await asyncio.wait([opening])
    await bank.use()


async def test_a_closed_pool_lends_nothing(bank: Bank) -> None:
    idle = await bank.use(key=2)
    async with bank.lend(), bank.lend() as lent:
        waiting = asyncio.create_task(bank.use())
        await eventually(lambda: bool(bank.pool._waiters))
        await bank.pool.close()
        assert (idle.closed, lent.closed) == (True, True)
        with pytest.raises(SessionFailed):
            await waiting
    with pytest.raises(SessionFailed):
        await bank.use()
    assert bank.pool.places.count == 0


async def test_refused_credentials_are_not_tried_again_at_once(bank: Bank, server: FakeImapServer) -> None:
    server.behave(refuse_login())
    for _ in range(3):
        with pytest.raises(SessionFailed) as caught:
            await bank.use()
        assert caught.value.stage == "sign-in"
    assert server.statistics.count("command", "AUTHENTICATE") == 1
    server.behave(GOOD)
    await bank.use(revision=2)


async def test_lent_sessions_count_as_connections_and_give_way_to_accounts(server: FakeImapServer) -> None:
    pacing = SignInPacing(Shares(5, 5, connections=2, spare_connections=1))
    pool = Pool(sessions_of(pacing))
    bank = Bank(server.host, server.port, pool)
    first = await bank.use()
    assert pacing.connections == 1
    async with bank.lend(2):
        assert (pacing.connections, pacing.is_full) == (2, True)
        async with bank.lend(3):
            assert first.closed, "what is idle makes room"
    assert pacing.connections == 1, "while the limit was reached, nothing was kept"
    await pool.close()
    assert pacing.connections == 0


async def test_with_a_real_server(dovecot: Dovecot) -> None:
    pool = Pool(sessions_of())
    bank = Bank(dovecot.host, dovecot.port, pool, "lent-sessions")
    dovecot.deliver("lent-sessions", b"Subject: hello\r\n\r\nhello\r\n")
    for _ in range(3):
        async with bank.lend() as client:
            assert client.selected is None
            assert (await client.run(Select(b"INBOX"))).exists == 1
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(bank.use())
    assert dovecot.connection_count("lent-sessions") == 2
    dovecot.kill_connections("lent-sessions")
    await eventually(lambda: pool.places.count == 0)
    await bank.use()
    await pool.close()
    await eventually(lambda: dovecot.connection_count("lent-sessions") == 0)


async def test_a_change_while_the_folder_of_the_previous_borrower_closes_lends_nothing(
    bank: Bank, server: FakeImapServer
) -> None:
    server.behave(never_answer("UNSELECT"))
    async with bank.lend() as client:
        await client.run(Select(b"INBOX"))
    waiting = asyncio.create_task(bank.use())
    await eventually(lambda: [each.leaving for each in bank.pool._open.values()] == [None])
    bank.pool.dismiss("account 1", None)
    with pytest.raises(SessionFailed, match="account was changed"):
        await waiting
    assert server.statistics.logins == 1
