"""Connections of their own for folders: whatever happens to one is its own trouble, and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
import pytest_asyncio
import sqlalchemy as sa

from postroom.accounts.journal import LeaseLost
from postroom.accounts.model import AccountNotFound, NoCredentials
from postroom.clock import from_iso
from postroom.connections.clients.imap_client import ImapClient, SignIn, open_imap
from postroom.connections.failures import ConnectionFailed, ConnectionLost, Failure, SignInRefused
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable
from postroom.credentials.refusals import UNPREPARED
from postroom.errors import OutcomeUnknown, PostroomError, StorageUnavailable
from postroom.imap.credentials import Credentials
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable
from postroom.sessions.failures import not_prepared
from postroom.sessions.quirks import GOOD
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretUnreadable, WrongKey
from postroom.storage.tables import accounts
from postroom.sync.watching import extra_connections
from postroom.sync.watching.extra_connections import Extras, beside
from postroom.sync.watching.watch import Requests
from postroom.words.strangers import Words
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.sync.live_account import LiveAccount, LiveSession, live_account

WORK = ("Work", b"Work")
REFUSED = Failure("authentication", "login", "AUTHENTICATIONFAILED", Words("No."), "Check the password.")
AWAY = Failure("connection", "connect", "ECONNREFUSED", Words("Connection refused"), "Check the port.")
TROUBLES: list[tuple[Exception, str, str]] = [
    (SignInRefused(REFUSED), "authenticationError", "AUTHENTICATIONFAILED"),
    (ConnectionFailed(AWAY), "connectError", "ECONNREFUSED"),
    (ConnectionLost(AWAY), "connectError", "ECONNREFUSED"),
    (NoCredentials("nothing to sign in with"), "authenticationError", "CredentialsMissing"),
    (OAuthTokenRefused("consent was taken back", {}), "authenticationError", ""),
    (TokenUnavailable("the provider is away", {}, "ETIMEDOUT"), "connectError", "ETIMEDOUT"),
    (AuthServerRefused("status 404"), "authenticationError", ""),
    (AuthServerUnavailable("no answer"), "connectError", ""),
    (SecretUnreadable("the account 'a'", WrongKey("no key")), "connectError", "SecretUnreadable"),
    (StorageUnavailable("the database is away"), "connectError", "StorageUnavailable"),
    (OutcomeUnknown("lost during a commit"), "connectError", ""),
    (RuntimeError("a fault of ours"), "connectError", "InternalError"),
    (sa.exc.ProgrammingError("SELECT", {}, ValueError()), "connectError", "InternalError"),
]


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        server.append("u", b"Subject: one\r\n\r\n", "Work")
        yield server


@pytest_asyncio.fixture
async def session(sqlite_url: str, mail: FakeImapServer) -> AsyncIterator[LiveSession]:
    async with live_account(sqlite_url, mail, subconnections=["Work"]) as account, account.connected() as session:
        yield session


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra_connections, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(extra_connections, "LONG_DELAY", 0.05)


def as_opened(trouble: Exception) -> Exception:
    """The trouble as it comes out of the room that opens sessions."""
    return not_prepared(trouble) if isinstance(trouble, UNPREPARED) else trouble


def opening(account: LiveAccount, *troubles: Exception) -> Callable[[], Awaitable[ImapClient]]:
    """Opens sessions as the account's own, but for the first tries."""
    left = list(troubles)

    async def open_client() -> ImapClient:
        if left:
            raise as_opened(left.pop(0))
        endpoint = Endpoint(account.host, account.port, tls="none-ok", allow_plaintext=True, verify=False)
        return await open_imap(
            endpoint, SignIn(Credentials("u", password="pass")), Timeouts(command=5.0), lookups=LOCALHOST
        )

    return open_client


def extras_of(session: LiveSession, open_client: Callable[[], Awaitable[ImapClient]]) -> Extras:
    settings = Settings(_env_file=None)
    return Extras(session.engine.ledger, settings, Requests(), GOOD, open_client)


async def shown(account: LiveAccount, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until what the account shows of its one extra connection fulfils the condition."""
    async with asyncio.timeout(30):
        while True:
            (found,) = (await account.progress() or {}).get("subconnections") or [{}]
            if found and condition(found):
                return dict(found)
            await asyncio.sleep(0.01)


async def connections(account: LiveAccount) -> int:
    query = sa.select(accounts.c.connections)
    return int(await account.db.read(lambda conn: conn.execute(query).scalar_one()))


@pytest.mark.parametrize(("trouble", "state", "code"), TROUBLES, ids=lambda each: type(each).__name__)
async def test_trouble_is_told_tried_again_and_never_the_accounts(
    session: LiveSession, trouble: Exception, state: str, code: str
) -> None:
    extras = extras_of(session, opening(session.account, trouble))
    main = asyncio.get_running_loop().create_future()
    watching = asyncio.ensure_future(beside(main, extras, [WORK]))
    try:
        found = await shown(session.account, lambda each: each["state"] == state)
        assert found["path"] == "Work"
        assert found["lastError"]["serverResponseCode"] == (code or cast("PostroomError", trouble).code)
        assert found["lastError"]["advice"]
        assert from_iso(found["nextAttempt"]) >= session.account.time
        assert not watching.done()
        if not isinstance(trouble, SecretUnreadable):
            await shown(session.account, lambda each: each["state"] == "connected" and each["lastError"] is None)
            assert await connections(session.account) == 2
    finally:
        main.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_connection_that_ends_is_told_and_opened_again(session: LiveSession, mail: FakeImapServer) -> None:
    requests = Requests()
    plain = opening(session.account)
    opened: list[ImapClient] = []

    async def open_client() -> ImapClient:
        opened.append(await plain())
        return opened[-1]

    main = asyncio.get_running_loop().create_future()
    extras = Extras(session.engine.ledger, Settings(_env_file=None), requests, GOOD, open_client)
    watching = asyncio.ensure_future(beside(main, extras, [WORK]))
    await shown(session.account, lambda each: each["state"] == "connected")
    await eventually(lambda: requests.take_folders() == {"Work"})
    opened[0].close()
    found = await shown(session.account, lambda each: each["state"] == "disconnected")
    assert found["lastError"]["phase"] in ("idle", "sync")
    await shown(session.account, lambda each: each["state"] == "connected")
    assert len(opened) == 2
    main.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert all(client.closed for client in opened)


async def test_what_ends_the_main_watch_ends_the_others_and_comes_out(session: LiveSession) -> None:
    main = asyncio.get_running_loop().create_future()
    watching = asyncio.ensure_future(beside(main, extras_of(session, opening(session.account)), [WORK]))
    await shown(session.account, lambda each: each["state"] == "connected")
    main.set_exception(ConnectionLost(AWAY))
    with pytest.raises(ConnectionLost):
        await watching


@pytest.mark.parametrize("gone", ["revision", "account"])
async def test_a_lost_lease_ends_everything(session: LiveSession, gone: str) -> None:
    account = session.account
    if gone == "revision":
        await account.db.write(lambda conn: conn.execute(sa.update(accounts).values(revision=2)) and None)
    troubles = [AccountNotFound()] if gone == "account" else []
    main = asyncio.get_running_loop().create_future()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(beside(main, extras_of(session, opening(account, *troubles)), [WORK]), 30)
    assert main.cancelled()


class WritesWait:
    """A database that is asked to write, and does not answer."""

    def __init__(self, db: Database) -> None:
        self.asked = asyncio.Event()
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        self.asked.set()
        await asyncio.Event().wait()


async def test_a_session_that_was_just_opened_is_closed_by_the_end_of_the_watch(session: LiveSession) -> None:
    opened: list[ImapClient] = []
    plain = opening(session.account)

    async def open_client() -> ImapClient:
        opened.append(await plain())
        return opened[-1]

    waiting = WritesWait(session.account.db)
    session.engine.ledger._db = cast("Database", waiting)
    main = asyncio.get_running_loop().create_future()
    watching = asyncio.ensure_future(beside(main, extras_of(session, open_client), [WORK]))
    await asyncio.wait_for(waiting.asked.wait(), 30)
    main.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert [client.closed for client in opened] == [True]


async def test_without_folders_there_is_the_watch_alone(session: LiveSession) -> None:
    main = asyncio.get_running_loop().create_future()
    main.set_result(None)
    await beside(main, extras_of(session, opening(session.account)), [])
    assert "subconnections" not in await session.account.progress()
