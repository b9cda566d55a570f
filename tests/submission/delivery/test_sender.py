"""The task that sends: many accounts, many nodes, outages, ends; on a real database, at a counting server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from postroom import loops
from postroom.clock import now_ms
from postroom.storage.database import Database, open_database
from postroom.storage.schema.sending import sending_lanes, submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.wakeups import wake
from postroom.submission.delivery import carrier
from postroom.submission.model import TOPIC
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.submission.delivery.sendings import PostHouse, until_taken
from tests.submission.transmission.parcels import PATIENT

SHORT_GRACE = replace(PATIENT, grace=0.02)


@pytest.fixture
async def hanging() -> AsyncIterator[FakeSmtpServer]:
    """A server that takes connections and says nothing."""
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as running:
        running.stay_silent_on("END")
        yield running


@pytest.fixture
async def other_db(emptied_postgres_url: str) -> AsyncIterator[Database]:
    """What another node opens."""
    database = open_database(emptied_postgres_url)
    await database.start()
    yield database
    await database.close()


@pytest.fixture
async def shared(emptied_postgres_url: str, server: FakeSmtpServer) -> AsyncIterator[PostHouse]:
    """A house on PostgreSQL, which other nodes can join."""
    database = open_database(emptied_postgres_url)
    await database.start()
    yield PostHouse(database, server)
    await database.close()


def is_writing(server: FakeSmtpServer) -> bool:
    """Whether a message was begun."""
    return not {"DATA", "BDAT"}.isdisjoint(server.statistics.commands())


# One node


async def test_a_message_is_sent(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    queue_id = await house.submit("ann", "bob@example.test", "carl@example.test")
    async with house.sending():
        await house.until("sent")
    [message] = server.messages
    assert (message.user, message.sender, message.recipients) == (
        "ann",
        "ann@example.test",
        ["bob@example.test", "carl@example.test"],
    )
    [row] = await house.rows()
    assert (row.attempts, row.attempt, row.response, row.error) == (1, None, "250 2.0.0 Queued as 1", None)
    assert row.finished_at >= row.attempted_at >= row.created_at
    assert await house.recipients() == [("bob@example.test", "sent"), ("carl@example.test", "sent")]
    [(name, data)] = await house.told()
    assert (name, data["queueId"], data["response"]) == ("messageSent", queue_id, "250 2.0.0 Queued as 1")


async def test_a_message_accepted_while_it_runs_is_sent_at_once(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    async with house.sending():
        for number in range(5):
            await house.submit(number=number)
            await until_taken(server, number + 1)
        await house.until(*["sent"] * 5)
        await house.until_released()
    assert server.statistics.logins == 1


async def test_messages_of_an_account_are_sent_in_order(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    for number in range(45):
        await house.submit(number=number)
    async with house.sending():
        await house.until(*["sent"] * 45)
    assert house.subjects() == [str(number) for number in range(45)]
    assert server.statistics.logins == 1


async def test_a_message_waits_for_its_time(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    await house.submit(send_at=2**45)
    await house.submit(number=1)
    async with house.sending():
        await house.until("queued", "sent")
        await house.until_released()
    assert (await house.lane()).next_at == 2**45


async def test_a_server_that_hangs_delays_no_other_account(
    house: PostHouse, server: FakeSmtpServer, hanging: FakeSmtpServer
) -> None:
    await house.add_account("ann", server=hanging)
    await house.add_account("bea")
    await house.submit("ann")
    for number in range(5):
        await house.submit("bea", number=number)
    async with house.sending(grace=0.0, times=SHORT_GRACE):
        await house.until("sending", *["sent"] * 5)
        await eventually(lambda: is_writing(hanging))
    assert await house.states() == ["unknown", *["sent"] * 5]


async def test_lanes_take_turns_when_there_are_too_many(
    house: PostHouse, server: FakeSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "TURN", 0.0)
    for account in ("ann", "bea"):
        await house.add_account(account)
        for number in range(3):
            await house.submit(account, number=number)
    async with house.sending(lanes=1):
        await house.until(*["sent"] * 6)
    users = [str(message.user) for message in server.messages]
    assert users != sorted(users)


@pytest.mark.parametrize("way", ["lane", "account", "everything"])
async def test_what_is_paused_waits(house: PostHouse, server: FakeSmtpServer, way: str) -> None:
    await house.add_account()
    await house.submit()

    async def pause(*, is_paused: bool) -> None:
        if way == "everything":
            await house.runtime.update({"sendingPaused": is_paused})

        def work(conn: Connection) -> None:
            if way == "lane":
                conn.execute(sa.update(sending_lanes).values(paused=is_paused))
            if way == "account":
                conn.execute(sa.update(accounts).values(wanted="stopped" if is_paused else "run"))
            wake(conn, TOPIC)

        await house.db.write(work)

    await pause(is_paused=True)
    async with house.sending() as sender:
        await eventually(lambda: sender.has_looked)
        assert await house.states() == ["queued"]
        await pause(is_paused=False)
        await house.until("sent")
        # A pause is heeded between two messages of a lane too.
        server.delay_on("TAKEN", 0.1)
        for number in range(1, 8):
            await house.submit(number=number)
        await until_taken(server, 2)
        await pause(is_paused=True)
        await house.until_released()
        assert {*await house.states()} == {"sent", "queued"}
        await pause(is_paused=False)
        await house.until(*["sent"] * 8)
    assert house.copies() == {}


async def test_a_deleted_account_takes_its_messages_with_it(house: PostHouse, server: FakeSmtpServer) -> None:
    server.delay_on("TAKEN", 0.1)
    await house.add_account()
    for number in range(3):
        await house.submit(number=number)
    async with house.sending():
        await eventually(lambda: is_writing(server))
        await house.accounts.remove("ann")
        await until_taken(server, 1)
        await eventually(lambda: server.statistics.open_connections == 0 or len(server.messages) == 1)
    assert await house.rows() == []
    assert len(server.messages) == 1


# Its end


async def test_the_message_under_way_is_finished_at_the_end(house: PostHouse, server: FakeSmtpServer) -> None:
    server.delay_on("TAKEN", 0.2)
    await house.add_account()
    for number in range(4):
        await house.submit(number=number)
    async with house.sending():
        await until_taken(server, 1)
    assert await house.states() == ["sent", "queued", "queued", "queued"]
    rows = await house.rows()
    assert {row.attempt for row in rows} == {None}
    assert [row.attempts for row in rows] == [1, 0, 0, 0]
    assert (await house.lane()).claimed_by is None
    server.behave()
    async with house.sending():
        await house.until(*["sent"] * 4)
    assert house.subjects() == ["0", "1", "2", "3"]


async def test_a_message_without_an_answer_is_unknown_at_the_end(house: PostHouse, server: FakeSmtpServer) -> None:
    server.stay_silent_on("TAKEN")
    await house.add_account()
    await house.submit()
    await house.submit(number=1)
    async with house.sending(grace=0.0, times=SHORT_GRACE):
        await until_taken(server, 1)
    assert await house.states() == ["unknown", "queued"]
    assert await house.tasks() == ["find"]
    assert (await house.lane()).claimed_by is None


async def test_an_end_at_any_moment_sends_nothing_twice(house: PostHouse, server: FakeSmtpServer) -> None:
    """The steps of the loop are those of all tasks, so each number ends the sender somewhere else.

    One that ends while it claims a lane keeps it. The lease is short, so the next one need not wait for long.
    """
    await house.add_account()
    for number in range(60):
        await house.submit(number=number)
    for steps in range(2, 242, 6):
        async with house.sending(grace=0.0, lease=0.05, times=SHORT_GRACE):
            for _ in range(steps):
                await asyncio.sleep(0)
        assert {*await house.states()} <= {"queued", "sent", "unknown"}
    async with house.sending():
        await house.until_ended()
    await assert_at_most_once(house, server)
    assert len(server.messages) >= 60 - (await house.states()).count("unknown")


async def assert_at_most_once(house: PostHouse, server: FakeSmtpServer) -> None:
    """No message was taken twice, and what is sent was taken."""
    assert house.copies() == {}
    taken = {message.content.split(b"\r\n")[1].decode().removeprefix("Message-ID: ") for message in server.messages}
    rows = await house.rows()
    assert {row.message_id for row in rows if row.state == "sent"} <= taken
    assert taken <= {row.message_id for row in rows if row.state in ("sent", "unknown")}


async def test_what_a_killed_process_was_sending_is_unknown(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    await house.submit("ann", "bob@example.test")
    await house.submit(number=1)

    def die(conn: Connection) -> None:
        first = submissions.c.queue_id == house.submitted[0]
        conn.execute(sa.update(submissions).where(first).values(state="sending", attempt="t"))
        conn.execute(sa.update(sending_lanes).values(claimed_by="node/dead", next_at=now_ms() - 1))

    await house.db.write(die)
    async with house.sending():
        await house.until("unknown", "sent")
    assert house.subjects() == ["1"]
    assert await house.tasks() == ["find"]
    assert await house.recipients() == [("bob@example.test", "unknown"), ("bob@example.test", "sent")]
    assert (await house.names())[0] == "messageUnknown"
    assert (await house.rows())[0].attempts == 1


# The database fails


async def until_hit(failing: FailingDatabase, house: PostHouse) -> None:
    """Wait until the database has failed, or everything is done without that."""
    while not failing.hits and not {*await house.states()} <= {"sent", "unknown"}:
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("fault", ["before", "after", "blink"])
async def test_an_outage_at_any_statement_sends_nothing_twice(
    house: PostHouse, server: FakeSmtpServer, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    failing = FailingDatabase(house.db)
    for number in range(1, 13):
        account = f"a{number}"
        await house.add_account(account)
        for each in range(3):
            await house.submit(account, number=each)
        failing.fail(number, fault)
        async with house.sending(failing):
            await until_hit(failing, house)
            failing.heal()
            await house.until(*["sent"] * 3 * number)
    await assert_at_most_once(house, server)
    assert (await house.names()) == ["messageSent"] * 36


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_death_at_any_statement_sends_nothing_twice(
    house: PostHouse, server: FakeSmtpServer, fault: Fault
) -> None:
    """The process ends while the database is away, so it can write down nothing."""
    failing = FailingDatabase(house.db)
    for number in range(1, 13):
        account = f"a{number}"
        await house.add_account(account)
        for each in range(3):
            await house.submit(account, number=each)
        failing.fail(number, fault)
        async with house.sending(failing, grace=0.0, lease=0.05, times=SHORT_GRACE):
            await until_hit(failing, house)
        failing.heal()
        # A lease as short as that of the dead one would end on a busy machine in the middle of the work.
        async with house.sending():
            await house.until_ended()
    await assert_at_most_once(house, server)
    states = await house.states()
    assert {*states} <= {"sent", "unknown"}
    assert states.count("unknown") <= 2 * 12


async def test_a_result_waits_for_the_database(
    house: PostHouse, server: FakeSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    server.delay_on("TAKEN", 0.1)
    failing = FailingDatabase(house.db)
    await house.add_account()
    for number in range(3):
        await house.submit(number=number)
    async with house.sending(failing):
        await until_taken(server, 1)
        failing.fail(1, "before")
        await eventually(lambda: failing.hits > 3)
        taken = len(server.messages)
        # The message that was marked ahead may begin. Nothing else may.
        assert taken <= 2
        failing.heal()
        await house.until("sent", "sent", "sent")
    assert house.copies() == {}


# Several nodes


@pytest.mark.postgres
async def test_two_nodes_share_the_accounts(shared: PostHouse, other_db: Database, server: FakeSmtpServer) -> None:
    for number in range(10):
        await shared.add_account(f"a{number}")
    for number in range(60):
        await shared.submit(f"a{number % 10}", number=number)
    async with shared.sending(node_id="one", lanes=5), shared.sending(other_db, node_id="two", lanes=5):
        await shared.until(*["sent"] * 60)
    await assert_at_most_once(shared, server)
    for account in range(10):
        mine = [message for message in server.messages if message.user == f"a{account}"]
        numbers = [int(message.content.split(b"\r\n", 1)[0].removeprefix(b"Subject: ")) for message in mine]
        assert numbers == sorted(numbers)


async def taken_over_under_way(shared: PostHouse, other_db: Database, server: FakeSmtpServer) -> None:
    """The first node loses the database while a message is under way, and the second takes over meanwhile."""
    server.delay_on("TAKEN", 0.6)
    failing, count = FailingDatabase(shared.db), len(shared.submitted)
    async with shared.sending(failing, node_id="one", lease=0.1):
        await eventually(lambda: is_writing(server))
        failing.fail(1, "before")
        async with shared.sending(other_db, node_id="two"):
            await shared.until(*["unknown"] * count)
            failing.heal()
            await shared.until(*["sent"] * count)


@pytest.mark.postgres
async def test_a_late_answer_counts_after_a_takeover(
    shared: PostHouse, other_db: Database, server: FakeSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    await shared.add_account()
    await shared.submit()
    await taken_over_under_way(shared, other_db, server)
    assert len(server.messages) == 1
    assert await shared.names() == ["messageUnknown", "messageResolved", "messageSent"]
    assert await shared.tasks() == []
    assert await shared.recipients() == [("bob@example.test", "sent")]
    [(_, resolved)] = await shared.told("messageResolved")
    assert (resolved["as"], resolved["by"]) == ("sent", "lateAnswer")


@pytest.mark.postgres
async def test_what_was_marked_and_not_begun_is_sent_after_a_takeover(
    shared: PostHouse, other_db: Database, server: FakeSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    await shared.add_account()
    await shared.submit()
    await shared.submit(number=1)
    await taken_over_under_way(shared, other_db, server)
    assert shared.subjects() == ["0", "1"]
    resolved = [data["as"] for _, data in await shared.told("messageResolved")]
    assert sorted(resolved) == ["retry", "sent"]
