"""The whole gateway as a process, over real sockets: an orderly end, and the other one."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.cli.postroom_program import Program, running
from tests.fakes.imap_server import FakeImapServer, never_answer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver

ACCOUNTS = [f"user{number}@example.com" for number in range(20)]
SETTLE = 40.0


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as receiver:
        yield receiver


class Gateway:
    """A running `postroom serve` and its API."""

    def __init__(self, program: Program, session: aiohttp.ClientSession) -> None:
        self.program = program
        self._session = session

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, path, json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def register(self, mail: FakeImapServer, account: str) -> None:
        imap = {"host": mail.host, "port": mail.port, "auth": {"user": account, "pass": "pass"}}
        await self.call("POST", "/v1/account", {"account": account, "name": "U", "imap": imap})

    async def until_connected(self, count: int) -> None:
        deadline = time.monotonic() + SETTLE
        while (await self.call("GET", "/v1/accounts?state=connected"))["total"] < count:
            assert time.monotonic() < deadline, await self.call("GET", "/v1/accounts?pageSize=100")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def gateway(folder: Path, **settings: str) -> AsyncIterator[Gateway]:
    with _started(folder, settings) as program:
        url = (await asyncio.to_thread(program.wait_for, r"ready at (http://\S+)")).group(1)
        async with aiohttp.ClientSession(url, headers={"Authorization": "Bearer t"}) as session:
            yield Gateway(program, session)


def _started(folder: Path, settings: dict[str, Any]) -> Any:
    return running(folder, "serve", "--port", "0", token="t", loaded=True, **settings)


def announced(receiver: WebhookReceiver) -> Counter[tuple[str, str]]:
    """How many different events there were of each kind for each account, however often each was posted."""
    events = {request.headers["webhook-id"]: request.json() for request in receiver.requests}
    return Counter((event["account"], event["event"]) for event in events.values())


async def test_sigterm_signs_out_of_every_account(tmp_path: Path, mail: FakeImapServer) -> None:
    async with gateway(tmp_path) as gate:
        await asyncio.gather(*(gate.register(mail, account) for account in ACCOUNTS))
        await gate.until_connected(len(ACCOUNTS))
        assert await asyncio.to_thread(gate.program.stop) == 0
    await eventually(lambda: mail.statistics.open_connections == 0)
    assert mail.statistics.count("logout") == len(ACCOUNTS)
    assert "Traceback" not in "\n".join(gate.program.errors)


async def test_a_mail_server_that_does_not_let_go_cannot_hold_up_the_end(tmp_path: Path, mail: FakeImapServer) -> None:
    mail.behave(never_answer("LOGOUT"))
    async with gateway(tmp_path, shutdown_timeout="3") as gate:
        await asyncio.gather(*(gate.register(mail, account) for account in ACCOUNTS))
        await gate.until_connected(len(ACCOUNTS))
        begun = time.monotonic()
        assert await asyncio.to_thread(gate.program.stop) == 0
        assert time.monotonic() - begun < 10


async def test_after_a_kill_no_account_is_lost_and_none_is_announced_twice(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver
) -> None:
    async with gateway(tmp_path) as gate:
        hooks = {"webhooksEnabled": True, "webhooks": receiver.url, "webhookEvents": ["*"]}
        await gate.call("POST", "/v1/settings", hooks)
        for account in ACCOUNTS:
            await gate.register(mail, account)
        # Some are connected by now, others are on the way, and webhooks are in flight.
        gate.program.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(gate.program.process.wait)
    async with gateway(tmp_path) as gate:
        await gate.until_connected(len(ACCOUNTS))
        once = ("accountAdded", "authenticationSuccess", "accountInitialized")
        expected = {(account, event) for account in ACCOUNTS for event in once}
        await eventually(lambda: expected <= set(announced(receiver)), SETTLE)
        assert {pair: count for pair, count in announced(receiver).items() if pair in expected and count > 1} == {}
        assert mail.statistics.open_connections >= len(ACCOUNTS)
        assert await asyncio.to_thread(gate.program.stop) == 0
