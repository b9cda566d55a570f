"""The database's bad days: locked, full, away. The API says 503, nothing that was promised is lost, all recovers."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import FakeImapServer, never_answer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Answer, Gateway, events_of, imap, names_of, sooner_or_later
from tests.live.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")


def body(mail: FakeImapServer, account: str) -> dict[str, Any]:
    return {"account": account, "name": account, "imap": imap(mail, account)}


def says_unavailable(answer: Answer) -> bool:
    """Whether this is the answer of an API whose database cannot be used: what, and when to come again."""
    assert answer.status != 500, answer
    return (
        answer.status == 503
        and int(answer.headers["Retry-After"]) >= 1
        and answer.body["statusCode"] == 503
        and answer.body["code"] == "StorageUnavailable"
        and "sqlite3" not in str(answer.body)
    )


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Another program holds the SQLite file."""
    with closing(sqlite3.connect(folder / "data" / "postroom.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@asynccontextmanager
async def full(gateway: Gateway) -> AsyncIterator[None]:
    """Not one byte more fits on the disk."""
    before = resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", ["locked", "full"])
async def test_sqlite_cannot_be_written(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, kind: str
) -> None:
    accounts = [f"{kind}{number}" for number in range(10)]
    async with Gateway(tmp_path) as gateway:
        await gateway.post_webhooks_to(receiver.url)
        for account in accounts:
            await gateway.register(account, imap(mail, account))
        for account in accounts:
            await gateway.reaches(account, "connected")

        async with locked(tmp_path) if kind == "locked" else full(gateway):
            # What happens meanwhile: mail, a lost connection, a user who changes and deletes, a new account.
            mail.append(accounts[0], b"Subject: meanwhile\r\n\r\n")
            await mail.drop_connections(accounts[1])
            answers = await asyncio.gather(
                gateway.call("POST", "/v1/account", body(mail, f"{kind}-new")),
                gateway.call("PUT", gateway.path(accounts[2]), {"name": "Renamed"}),
                gateway.call("DELETE", gateway.path(accounts[3])),
                gateway.call("PUT", f"{gateway.path(accounts[4])}/reconnect"),
            )
            assert [says_unavailable(answer) for answer in answers] == [True] * 4, answers
            # What was stored can still be read.
            assert (await gateway.ask("GET", "/v1/accounts"))["total"] == len(accounts)
            assert (await gateway.get(accounts[2]))["name"] == accounts[2]

        await sooner_or_later(
            lambda: succeeds(gateway, "POST", "/v1/account", body(mail, f"{kind}-new")), 30, "stored again"
        )
        await gateway.reaches(f"{kind}-new", "connected")
        for account in accounts:
            await gateway.reaches(account, "connected")
        await eventually(lambda: "messageNew" in names_of(receiver, accounts[0]), what="the mail is announced")
        mail.append(accounts[1], b"Subject: after it\r\n\r\n")
        await eventually(lambda: "messageNew" in names_of(receiver, accounts[1]))
        await eventually(lambda: mail.statistics.open_connections == len(accounts) + 1, what="one connection each")
        assert [names_of(receiver, each).count("messageNew") for each in accounts[:3]] == [1, 1, 0]
        assert [names_of(receiver, each).count("accountInitialized") for each in accounts] == [1] * len(accounts)
        await gateway.delete(accounts[3])
        assert gateway.alive
        assert await gateway.terminate() == 0
    assert not [line for line in gateway.log if "Traceback" in line]


async def succeeds(gateway: Gateway, method: str, path: str, sent: Any) -> bool:
    answer = await gateway.call(method, path, sent)
    assert answer.status == 200 or says_unavailable(answer), answer
    return answer.status == 200


async def test_runners_that_end_while_nothing_can_be_written_take_nobody_with_them(
    tmp_path: Path, mail: FakeImapServer
) -> None:
    """Accounts that are to be held, flushed or forgotten just when the database goes."""
    # Signing out takes a while, so that the disk is full when the runners come to the end of their work.
    mail.behave(never_answer("LOGOUT"))
    async with Gateway(tmp_path) as gateway:
        for account in ("held", "flushed", "deleted", "bystander"):
            await gateway.register(account, imap(mail, account))
        for account in ("held", "flushed", "deleted", "bystander"):
            await gateway.reaches(account, "connected")
        await asyncio.gather(
            gateway.tell("held", "disconnect"), gateway.tell("flushed", "flush", flush=True), gateway.delete("deleted")
        )
        async with full(gateway):
            await eventually(lambda: sum("giving back" in line for line in gateway.log) >= 2)
        await gateway.reaches("held", "disconnected")
        await gateway.reaches("flushed", "connected")
        await eventually(lambda: mail.statistics.open_connections == 2)
        assert mail.statistics.count("login", "bystander") == 1


@asynccontextmanager
async def stopped(server: Postgres) -> AsyncIterator[None]:
    """PostgreSQL is away."""
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


async def test_postgres_goes_and_comes_back(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver, postgres_server: Postgres, postgres_url: str
) -> None:
    accounts = [f"away{number}" for number in range(10)]
    async with Gateway(tmp_path, database_url=postgres_url) as gateway:
        await gateway.post_webhooks_to(receiver.url)
        for account in accounts:
            await gateway.register(account, imap(mail, account))
        for account in accounts:
            await gateway.reaches(account, "connected")
        async with stopped(postgres_server):
            mail.append(accounts[0], b"Subject: meanwhile\r\n\r\n")
            await mail.drop_connections(accounts[1])
            answers = await asyncio.gather(
                gateway.call("GET", "/v1/accounts"),
                gateway.call("POST", "/v1/account", body(mail, "away-new")),
                gateway.call("DELETE", gateway.path(accounts[3])),
            )
            assert [says_unavailable(answer) for answer in answers] == [True] * 3, answers
            health = await gateway.call("GET", "/health")
            assert health.status in (500, 503)
        await sooner_or_later(lambda: succeeds(gateway, "POST", "/v1/account", body(mail, "away-new")))
        for account in [*accounts, "away-new"]:
            await gateway.reaches(account, "connected")
        await eventually(lambda: "messageNew" in names_of(receiver, accounts[0]))
        await eventually(lambda: mail.statistics.open_connections == len(accounts) + 1, what="one connection each")
        assert [names_of(receiver, each).count("messageNew") for each in accounts[:3]] == [1, 0, 0]
        # Nobody had to reconnect who was not concerned.
        untouched = [mail.statistics.count("login", account) for account in accounts[4:]]
        assert untouched == [1] * len(untouched)
        assert events_of(receiver, accounts[5])[-1]["event"] == "accountInitialized"
        assert await gateway.terminate() == 0
