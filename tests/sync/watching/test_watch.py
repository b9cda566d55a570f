"""Waiting for news with and without IDLE."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from postroom.accounts.settings.reading import settings_of
from postroom.imap.responses import ExistsData
from postroom.sessions.quirks import Quirks, quirks_for
from postroom.settings import Settings
from postroom.sync.account.engine import ROUNDS_PER_SECOND
from postroom.sync.watching.watch import LEAST_RESYNC_DELAY, Requests, WatchPause, own_pace, watch
from tests.fakes.imap.hostile_mail import says
from tests.fakes.imap_server import CAPABILITIES, GOOD, Behaviour, FakeImapServer, answer
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot
from tests.sync.live_account import LiveAccount, live_account

LETTER = b"Subject: x\r\n\r\nx"
HASTE = Settings(_env_file=None, poll_interval=0.05, stable_after=0.1)


async def nothing() -> None:
    pass


@asynccontextmanager
async def watching(
    account: LiveAccount,
    requests: Requests,
    quirks: Quirks,
    settings: Settings = HASTE,
    stable: Callable[[], Awaitable[None]] = nothing,
    proven: Callable[[], None] = lambda: None,
) -> AsyncIterator[None]:
    account.quirks = quirks
    async with account.connected() as session, asyncio.TaskGroup() as group:
        task = group.create_task(watch(session.client, session.engine, settings, requests, stable, quirks, proven))
        yield
        task.cancel()


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest.mark.parametrize(
    ("behaviour", "quirks"),
    [
        (answer("XNOTHING"), Quirks()),
        (answer("IDLE", tagged="BAD not known"), Quirks()),
        (answer("IDLE", tagged="BAD not to be tried"), Quirks(idles=False)),
        (answer("NOOP"), Quirks(idles=False, polls_by_select=True)),
    ],
)
async def test_new_mail_is_noticed(sqlite_url: str, mail: FakeImapServer, behaviour: Behaviour, quirks: Quirks) -> None:
    mail.behave(behaviour)
    async with live_account(sqlite_url, mail) as account, watching(account, Requests(), quirks):
        mail.append("u", LETTER)
        await eventually_announced(account, 1)
        mail.append("u", LETTER)
        await eventually_announced(account, 2)
        if not quirks.idles:
            assert "IDLE" not in mail.statistics.commands()


@pytest.mark.parametrize(("words", "tries"), [("NO [THROTTLED] slow down", 2), ("BAD not known", 1)])
async def test_idle_is_tried_again_where_the_server_only_wants_a_pause(
    sqlite_url: str, mail: FakeImapServer, words: str, tries: int
) -> None:
    mail.behave(answer("IDLE", tagged=words))
    async with live_account(sqlite_url, mail) as account, watching(account, Requests(), Quirks()):
        await eventually(lambda: mail.statistics.commands().count("NOOP") >= 5)
    idles = mail.statistics.commands().count("IDLE")
    assert idles >= tries if tries > 1 else idles == 1


async def test_a_server_without_idle_is_polled(sqlite_url: str) -> None:
    offered = tuple(name for name in CAPABILITIES if name != "IDLE")
    async with (
        FakeImapServer(capabilities=offered) as mail,
        live_account(sqlite_url, mail) as account,
        watching(account, Requests(), Quirks()),
    ):
        mail.append("u", LETTER)
        await eventually_announced(account, 1)


@pytest.mark.parametrize(
    ("document", "interval"),
    [
        ({"imap": {"resyncDelay": 60}}, 60.0),
        ({"imap": {"resyncDelay": 1}}, LEAST_RESYNC_DELAY),
        ({"imap": {"resyncDelay": 0}}, HASTE.resync_interval),
        ({"imap": {}}, HASTE.resync_interval),
        ({"imap": False}, HASTE.resync_interval),
        ({}, HASTE.resync_interval),
    ],
)
def test_the_delay_of_the_account_goes_before_the_setting(document: dict[str, Any], interval: float) -> None:
    assert own_pace(HASTE, settings_of(document).imap) == HASTE.model_copy(update={"resync_interval": interval})


def put_in(maildir: Path, name: str, *, unseen: bool = False) -> None:
    """Put a message into a Maildir, as a delivery program does.

    `unseen` gives the folder the time that it had before, as when the message comes in the same tick of the system's
    clock as Dovecot looks, or after Dovecot has read the folder and before it asks for its time.
    """
    new = maildir / "new"
    before = new.stat()
    (maildir / "tmp" / name).write_bytes(LETTER)
    if os.geteuid() == 0:
        os.chown(maildir / "tmp" / name, before.st_uid, before.st_gid)
    (maildir / "tmp" / name).rename(new / name)
    if unseen:
        os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.dovecot
async def test_a_message_that_dovecot_overlooks_is_announced_soon(sqlite_url: str, dovecot: Dovecot) -> None:
    """It comes as Dovecot looks because of another one: no notice follows, nor does the next IDLE begin with it."""
    user = "overlooked@example.test"
    dovecot.deliver(user, LETTER)
    maildir = dovecot.folder / "mail" / user / "Maildir"
    quirks = quirks_for(dovecot.host, {"name": "Dovecot"})
    assert quirks.renewal_after_mail == 60
    async with (
        live_account(sqlite_url, dovecot, user) as account,
        watching(account, Requests(), replace(quirks, renewal_after_mail=3.0), Settings(_env_file=None)),
    ):
        put_in(maildir, "1.the-first")
        await eventually_announced(account, 2)
        put_in(maildir, "2.the-second", unseen=True)
        await eventually_announced(account, 3)


async def test_idle_is_renewed_once_after_new_mail_where_the_server_may_overlook_some(
    sqlite_url: str, mail: FakeImapServer
) -> None:
    clock = asyncio.get_running_loop().time
    async with live_account(sqlite_url, mail) as account, account.connected() as session, asyncio.timeout(30):
        pause = WatchPause(session.client, Settings(_env_file=None), Quirks(renewal_after_mail=0.1))
        # The messages that are there when the folder is opened count as new.
        for number in (1, 2):
            assert await pause.wait(300) == []
            begun = clock()
            assert await pause.wait(0.5) == []
            assert clock() - begun > 0.4, "renewed again"
            mail.append("u", LETTER)
            assert ExistsData(number) in await pause.wait(300)


async def test_requests_end_the_wait(sqlite_url: str, mail: FakeImapServer) -> None:
    requests = Requests()
    async with live_account(sqlite_url, mail) as account, watching(account, requests, Quirks()):
        mail.append("u", LETTER, "Sent")
        requests.hint("Sent")
        await eventually_announced(account, 1)
        mail.append("u", LETTER, "Drafts")
        requests.ask_sync()
        await eventually_announced(account, 2)


async def test_a_connection_that_lives_is_called_stable_once(sqlite_url: str, mail: FakeImapServer) -> None:
    calls = 0

    async def stable() -> None:
        nonlocal calls
        calls += 1

    async with live_account(sqlite_url, mail) as account, watching(account, Requests(), Quirks(), stable=stable):
        await eventually(lambda: calls == 1)
        await asyncio.sleep(0.3)
    assert calls == 1


@pytest.mark.long
@pytest.mark.parametrize("quirks", [Quirks(), Quirks(idles=False)])
async def test_every_answer_of_a_quiet_server_proves_that_all_is_in_step(
    sqlite_url: str, mail: FakeImapServer, quirks: Quirks
) -> None:
    settings = Settings(_env_file=None, poll_interval=0.05, idle_renewal=1.01)
    proofs: list[None] = []
    async with (
        live_account(sqlite_url, mail) as account,
        watching(account, Requests(), quirks, settings, proven=lambda: proofs.append(None)),
    ):
        await eventually(lambda: len(proofs) >= 2)


async def eventually_announced(account: LiveAccount, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await account.events("messageNew")) < count:
            await asyncio.sleep(0.02)
    assert len(await account.events("messageNew")) == count


@pytest.mark.long
@pytest.mark.parametrize(
    ("on", "news"),
    [
        ("IDLE", b"* 1 EXISTS"),
        ("IDLE", b'* LIST () "/" "New"'),
        ("STATUS", b"* 1 EXISTS"),
        ("IDLE", b"* 7 FETCH (FLAGS ())"),
    ],
)
async def test_news_without_end_are_followed_up_at_a_steady_pace(
    sqlite_url: str, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch, on: str, news: bytes
) -> None:
    """A server may end each IDLE at once, or answer each question with news: without a pace that is a round each."""
    monkeypatch.setattr("postroom.sync.account.engine.ROUNDS_AT_ONCE", 5)
    loop = asyncio.get_running_loop()
    async with live_account(sqlite_url, mail) as account:
        mail.behave(says(on, news))
        begun = loop.time()
        async with watching(account, Requests(), Quirks()):
            await asyncio.sleep(1.5)
            idles, elapsed = mail.statistics.commands().count("IDLE"), loop.time() - begun
            assert idles <= 5 + ROUNDS_PER_SECOND * elapsed + 2
            mail.behave_now(GOOD)
            mail.append("u", LETTER)
            await eventually_announced(account, 1)
