"""The rows come true: runners start, start anew and stop as the rows want it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest

from postroom.accounts.journal import record
from postroom.accounts.lifecycle import NOTHING_TO_DO, State
from postroom.accounts.service import Accounts
from postroom.accounts.settings.shapes import PUBLIC_HOSTS
from postroom.cluster.nodes_store import members, set_draining
from postroom.figures import Figures
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.tables import accounts as accounts_table
from postroom.supervisor import store
from postroom.supervisor import supervisor as supervisor_module
from tests.fakes.databases import opened
from tests.fakes.imap_server import Behaviour, FakeImapServer, never_greet, refuse_login
from tests.fakes.ports import PortReservation
from tests.fakes.waiting import eventually
from tests.live.postgres import Postgres
from tests.supervisor.conftest import BOX, imap_body, supervised


async def state_is(accounts: Accounts, account: str, state: State, timeout: float = 60.0) -> None:
    async def matches() -> bool:
        return (await accounts.get(account)).row.state is state

    await true_in_time(matches, timeout)


async def sync_time(accounts: Accounts, account: str) -> int:
    return (await accounts.get(account)).row.sync_time or 0


async def true_in_time(condition: Callable[[], Awaitable[bool]], timeout: float = 60.0) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_accounts_come_and_go_with_their_rows(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db) as supervisor:
        await accounts.register("a1", imap_body(server.port))
        await accounts.register("a2", imap_body(server.port, "u2"))
        for account in ("a1", "a2"):
            await state_is(accounts, account, State.CONNECTED)
        assert supervisor.running == 2
        await accounts.remove("a1")
        await eventually(lambda: supervisor.running == 1)
        await eventually(lambda: server.statistics.open_connections == 1)


async def test_sign_ins_are_counted_by_what_came_of_them(db: Database, accounts: Accounts) -> None:
    figures, reservation = Figures(), PortReservation()
    async with FakeImapServer() as server, supervised(db, figures=figures):
        await accounts.register("good", imap_body(server.port))
        await accounts.register("bad", imap_body(server.port, password="wrong"))
        await accounts.register("away", imap_body(reservation.port))
        await state_is(accounts, "good", State.CONNECTED)
        await state_is(accounts, "bad", State.AUTHENTICATION_ERROR)
        await state_is(accounts, "away", State.CONNECT_ERROR)
        told = generate_latest(figures.registry()).decode()
    reservation.release()
    for outcome in ("success", "refused", "failed"):
        assert f'postroom_sign_ins_total{{outcome="{outcome}"}} ' in told
        assert f'postroom_sign_ins_total{{outcome="{outcome}"}} 0.0' not in told


async def test_ten_reconnects_at_once_end_in_one_connection(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db):
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await asyncio.gather(*(accounts.reconnect("a1") for _ in range(10)))

        async def settled() -> bool:
            row, seen = (await accounts.get("a1")).row, server.statistics
            return row.state is State.CONNECTED and seen.open_connections == 1 and seen.connections > 1

        await true_in_time(settled)


async def test_new_settings_are_used_at_once(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as old, FakeImapServer() as new, supervised(db):
        await accounts.register("a1", imap_body(old.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.update("a1", {"imap": {"partial": True, "port": new.port}})
        await eventually(lambda: new.statistics.open_connections == 1 and old.statistics.open_connections == 0)
        await state_is(accounts, "a1", State.CONNECTED)


@pytest.mark.long
async def test_an_account_compares_at_its_own_pace(db: Database, accounts: Accounts) -> None:
    hasty = Settings(_env_file=None, resync_interval=1.01)
    async with FakeImapServer() as server, supervised(db, settings=hasty):
        own: dict[str, dict[str, Any]] = {"usual": {}, "slow": {"resyncDelay": 3600}}
        for account, more in own.items():
            body = imap_body(server.port, account)
            await accounts.register(account, {**body, "imap": {**body["imap"], **more}})
            await state_is(accounts, account, State.CONNECTED)
        began = await sync_time(accounts, "slow")

        async def synced_again_and_again() -> bool:
            return await sync_time(accounts, "usual") > began + 2200

        await true_in_time(synced_again_and_again)
        assert await sync_time(accounts, "slow") == began


@pytest.mark.parametrize("disabled", [False, True])
async def test_imap4rev2_is_left_alone_on_demand(db: Database, accounts: Accounts, disabled: bool) -> None:
    # NAMESPACE is a part of IMAP4rev2, so a server that offers that need not name it.
    offered = ("IMAP4rev1", "IMAP4rev2", "SASL-IR", "AUTH=PLAIN")
    async with FakeImapServer(capabilities=offered) as server, supervised(db):
        body = imap_body(server.port)
        await accounts.register("a1", {**body, "imap": {**body["imap"], "disableIMAP4rev2": disabled}})
        await state_is(accounts, "a1", State.CONNECTED)
        assert ("NAMESPACE" in server.statistics.commands()) is not disabled


async def test_a_new_time_to_announce_from_holds_at_once(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db):
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.update("a1", {"notifyFrom": "2099-01-01T00:00:00.000Z"})
        await eventually(lambda: server.statistics.connections == 2)
        await state_is(accounts, "a1", State.CONNECTED)
        server.append("u1", b"Subject: early\r\n\r\n")
        before = await sync_time(accounts, "a1")

        async def looked() -> bool:
            return await sync_time(accounts, "a1") > before

        await accounts.request_sync("a1")
        await true_in_time(looked)
        assert "messageNew" not in (await accounts.get("a1")).counters


async def test_an_account_held_rests_until_it_is_asked_to_reconnect(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db) as supervisor:
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.disconnect("a1")
        await state_is(accounts, "a1", State.DISCONNECTED)
        await eventually(lambda: supervisor.running == 0 and server.statistics.open_connections == 0)
        await accounts.reconnect("a1")
        await state_is(accounts, "a1", State.CONNECTED)


async def test_imap_is_switched_on_and_off_again(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db):
        body = imap_body(server.port)
        await accounts.register("a1", {**body, "imap": {**body["imap"], "disabled": True}})
        await accounts.update("a1", {"imap": body["imap"]})
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.update("a1", {"imap": {**body["imap"], "disabled": True}})
        await state_is(accounts, "a1", State.UNSET)
        assert server.statistics.logins == 1
        assert (await causes(accounts, "a1"))[:2] == ["registered", NOTHING_TO_DO]
        await accounts.disconnect("a1")
        await state_is(accounts, "a1", State.DISCONNECTED)
        await accounts.reconnect("a1")
        await state_is(accounts, "a1", State.UNSET)


async def test_deleted_while_connecting_and_registered_again_at_once(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server, supervised(db):
        server.next_connections(never_greet())
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTING)
        await accounts.remove("a1")
        await accounts.register("a1", imap_body(server.port, "u2"))
        await state_is(accounts, "a1", State.CONNECTED)
        await eventually(lambda: server.statistics.open_connections == 1)


async def test_the_end_signs_out_and_frees_the_accounts(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server:
        for _round in range(2):
            async with supervised(db):
                if _round == 0:
                    await accounts.register("a1", imap_body(server.port))
                await eventually(lambda: server.statistics.open_connections == 1)
                await state_is(accounts, "a1", State.CONNECTED)
            await eventually(lambda: server.statistics.open_connections == 0)


async def test_servers_that_must_be_public_stay_so(db: Database, accounts: Accounts) -> None:
    """Whoever could name a public server only might have its name lead here afterwards."""
    async with FakeImapServer() as server, supervised(db):
        await accounts.register("a1", {**imap_body(server.port), PUBLIC_HOSTS: True})
        await state_is(accounts, "a1", State.CONNECT_ERROR)
        error = (await accounts.get("a1")).last_error
        assert error is not None
        assert error.code == "EEGRESSBLOCKED"
        assert server.statistics.connections == 0
        await accounts.update("a1", {"imap": imap_body(server.port)["imap"]})
        await state_is(accounts, "a1", State.CONNECTED)


async def test_a_node_that_joins_gets_its_share_and_one_that_is_drained_keeps_nothing(
    postgres_server: Postgres,
) -> None:
    url = postgres_server.create_database()
    async with (
        FakeImapServer() as server,
        opened(url) as one,
        opened(url) as two,
        supervised(one) as first,
    ):
        registry = Accounts(one, BOX)
        for number in range(9):
            await registry.register(f"a{number}", imap_body(server.port, f"u{number}"))
        await eventually(lambda: first.running == 9)
        async with supervised(two) as second:
            await eventually(lambda: second.running == 4 and first.running == 5)
            newest = (await one.read(members))[-1].id
            await one.write(partial(set_draining, node=newest, wanted=True))
            await eventually(lambda: second.running == 0 and first.running == 9)
            await one.write(partial(set_draining, node=newest, wanted=False))
            await eventually(lambda: second.running == 4 and first.running == 5)
        await eventually(lambda: first.running == 9)
        for number in range(9):
            await state_is(registry, f"a{number}", State.CONNECTED)


class ClaimsAreSlow:
    """A database that answers a claim of accounts only after the node has renewed its heartbeat twice."""

    def __init__(self, db: Database) -> None:
        self.told: list[int | None] = []
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        result = await self._db.write(work, **options)
        if isinstance(result, list) and result:
            seen: set[int] = set()
            while len(seen) < 3:
                [node] = await self._db.read(members)
                seen.add(node.heartbeat_at)
                self.told.append(node.accounts)
                await asyncio.sleep(0.01)
        return result


async def test_a_heartbeat_does_not_take_back_what_a_claim_has_counted(own_postgres_url: str) -> None:
    """The others would take such a node for one with room, and hand accounts over to it."""
    async with FakeImapServer() as server, opened(own_postgres_url) as db:
        accounts, slow = Accounts(db, BOX), ClaimsAreSlow(db)
        await accounts.register("a1", imap_body(server.port))
        async with supervised(cast("Database", slow)):
            await state_is(accounts, "a1", State.CONNECTED)
    assert set(slow.told) == {1}


class ReleasesWait:
    """A database that is asked to give an account back, and does nothing before the test says so."""

    def __init__(self, db: Database) -> None:
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.looks = 0
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def read(self, work: Any) -> Any:
        self.looks += getattr(work, "func", None) is store.owned
        return await self._db.read(work)

    def has_looked(self, times: int) -> bool:
        return self.looks >= times

    async def write(self, work: Any, **options: Any) -> Any:
        if getattr(work, "func", None) is store.release:
            self.asked.set()
            await self.go.wait()
        return await self._db.write(work, **options)


async def causes(accounts: Accounts, account: str) -> list[str]:
    return [entry.cause for entry in reversed((await accounts.timeline(account, 0, 100)).items)]


async def owner(db: Database) -> str | None:
    return await db.read(lambda conn: conn.execute(sa.select(accounts_table.c.owner)).scalar_one())


async def looked_at(accounts: Accounts, waiting: ReleasesWait, account: str) -> None:
    """Have the supervisor look at an account, as any change of it does, until a look is over: the next has begun."""
    before = waiting.looks
    for number in (1, 2, 3):
        await accounts.update(account, {"name": "another"})
        await eventually(partial(waiting.has_looked, before + number))


async def test_no_second_runner_begins_while_the_row_of_the_first_is_being_given_back(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "POLL", 600.0)
    waiting = ReleasesWait(db)
    async with FakeImapServer() as server, supervised(cast("Database", waiting)) as supervisor:
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.disconnect("a1")
        await asyncio.wait_for(waiting.asked.wait(), 30)
        await looked_at(accounts, waiting, "a1")
        assert (await causes(accounts, "a1")).count("disconnected on request") == 1
        assert supervisor.running == 1
        waiting.go.set()
        await eventually(lambda: supervisor.running == 0)
        assert await owner(db) is None


async def test_what_changes_while_a_row_is_being_given_back_is_taken_up_at_once_afterwards(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "POLL", 600.0)
    waiting = ReleasesWait(db)
    async with FakeImapServer() as server, supervised(cast("Database", waiting)):
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        await accounts.disconnect("a1")
        await asyncio.wait_for(waiting.asked.wait(), 30)
        await accounts.reconnect("a1")
        await looked_at(accounts, waiting, "a1")
        assert server.statistics.connections == 1
        waiting.go.set()
        await state_is(accounts, "a1", State.CONNECTED)
        assert await owner(db) is not None
        assert server.statistics.connections == 2


class OneReleaseFails:
    """A database in which giving an account back fails the first time, in a way nobody foresaw."""

    def __init__(self, db: Database) -> None:
        self.failed = 0
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        if getattr(work, "func", None) is store.release and not self.failed:
            self.failed += 1
            raise sa.exc.ProgrammingError("UPDATE", {}, ValueError("column missing"))
        return await self._db.write(work, **options)


async def test_a_node_outlives_any_error_of_giving_an_account_back(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "POLL", 0.5)
    failing = OneReleaseFails(db)
    async with FakeImapServer() as server, supervised(cast("Database", failing)) as supervisor:
        for account in ("a1", "a2"):
            await accounts.register(account, imap_body(server.port, account))
            await state_is(accounts, account, State.CONNECTED)
        await accounts.disconnect("a1")
        await eventually(lambda: failing.failed)
        await eventually(lambda: supervisor.running == 1)
        assert server.statistics.open_connections == 1
        await accounts.reconnect("a1")
        await state_is(accounts, "a1", State.CONNECTED)
        await state_is(accounts, "a2", State.CONNECTED)


async def test_an_extra_connection_that_cannot_sign_in_costs_the_account_nothing(
    db: Database, accounts: Accounts
) -> None:
    async with FakeImapServer() as server, supervised(db):
        server.append("u1", b"Subject: one\r\n\r\n", "Work")
        server.next_connections(Behaviour(), refuse_login())
        await accounts.register("a1", {**imap_body(server.port), "subconnections": ["Work"]})

        async def told() -> bool:
            view = await accounts.get("a1")
            return view.sync is not None and bool(view.sync.subconnections)

        await true_in_time(told)
        view = await accounts.get("a1")
        assert view.sync is not None
        (extra,) = view.sync.subconnections
        assert (extra.path, extra.state) == ("Work", State.AUTHENTICATION_ERROR)
        assert (view.row.state, view.last_error, view.row.connections) == (State.CONNECTED, None, 1)
        assert server.statistics.open_connections == 1


class CountsProofs:
    """A database that counts the writes of when accounts were in step, by how many accounts each was for."""

    def __init__(self, db: Database) -> None:
        self.sizes: list[int] = []
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        if getattr(work, "func", None) is store.note_in_step:
            self.sizes.append(len(work.keywords["moments"]))
        return await self._db.write(work, **options)


@pytest.mark.long
async def test_sync_time_goes_on_where_nothing_happens_with_one_write_for_all_accounts(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "NOTE_EVERY", 1.5)
    monkeypatch.setattr(supervisor_module, "NOTE_AGE", 0.2)
    counting = CountsProofs(db)
    quiet = Settings(_env_file=None, idle_renewal=1.01, resync_interval=3600.0)
    names = [f"a{number}" for number in range(5)]
    async with FakeImapServer() as server, supervised(cast("Database", counting), settings=quiet):
        for name in names:
            await accounts.register(name, imap_body(server.port, name))
            await state_is(accounts, name, State.CONNECTED)
        began = {name: await sync_time(accounts, name) for name in names}

        async def went_on() -> bool:
            return all([await sync_time(accounts, name) > began[name] + 2500 for name in names])

        written, since = len(counting.sizes), asyncio.get_running_loop().time()
        await true_in_time(went_on)
        took = asyncio.get_running_loop().time() - since
        assert server.statistics.connections == len(names)
    assert max(counting.sizes) == len(names)
    assert len(counting.sizes) - written <= took / 1.5 + 1


class ReportsFail:
    """A database in which no state can be written, for a reason nobody foresaw, while `is_broken`."""

    def __init__(self, db: Database) -> None:
        self.is_broken = False
        self.failed = 0
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        if self.is_broken and getattr(work, "func", None) is record:
            self.failed += 1
            raise sa.exc.ProgrammingError("UPDATE", {}, ValueError("column missing"))
        return await self._db.write(work, **options)


@pytest.mark.long
async def test_a_runner_that_ends_by_what_nobody_foresaw_waits_before_the_next_and_not_for_a_change(
    db: Database, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "POLL", 0.05)
    broken = ReportsFail(db)
    async with FakeImapServer() as server, supervised(cast("Database", broken)):
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)
        broken.is_broken = True
        await accounts.disconnect("a1")
        await eventually(lambda: broken.failed)
        await asyncio.sleep(1.0)
        assert broken.failed == 1
        broken.is_broken = False
        await accounts.reconnect("a1")
        await eventually(lambda: server.statistics.connections == 2)
        await state_is(accounts, "a1", State.CONNECTED)


class AssignmentsAreSlow:
    """A database that answers what a runner begins with only when the runner before it has come to its end."""

    def __init__(self, db: Database) -> None:
        self.before_answer: Callable[[], Awaitable[None]] | None = None
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def read(self, work: Any) -> Any:
        result = await self._db.read(work)
        if getattr(work, "func", None) is store.assignments and self.before_answer is not None:
            await self.before_answer()
        return result


async def test_a_runner_that_is_replaced_does_not_give_the_row_back_meanwhile(db: Database, accounts: Accounts) -> None:
    """New mail makes the old runner find out that its revision is gone, just before the new one begins."""
    slow = AssignmentsAreSlow(db)
    async with FakeImapServer() as server, supervised(cast("Database", slow)) as supervisor:
        await accounts.register("a1", imap_body(server.port))
        await state_is(accounts, "a1", State.CONNECTED)

        async def until_it_has_ended() -> None:
            server.append("u1", b"Subject: news\r\n\r\n")
            await eventually(lambda: supervisor.running == 0)

        slow.before_answer = until_it_has_ended
        await accounts.reconnect("a1")
        await eventually(lambda: server.statistics.connections == 2)
        await state_is(accounts, "a1", State.CONNECTED)
        assert await owner(db) is not None
        assert server.statistics.connections == 2
        assert (await accounts.get("a1")).row.revision == 2
