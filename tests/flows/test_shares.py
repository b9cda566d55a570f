"""What accounts share, sign-ins and open files: hosts that hold theirs up, and more accounts than there is room for."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.postroom_program import run
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, imap, names_of, sooner_or_later

pytestmark = pytest.mark.asyncio(loop_scope="session")

# As the defaults are. A sign-in that got its place would keep it for ever, were it not for what is tested here.
PATIENT: dict[str, Any] = {
    "logins_per_host": "24",
    "logins_total": "100",
    "greeting_timeout": "3600",
    "command_timeout": "3600",
    "shutdown_timeout": "1",
}
LIMIT = 256


@dataclass(frozen=True)
class BadHost:
    """A mail server on an address of its own."""

    host: str
    port: int


@asynccontextmanager
async def bad_host(number: int, greeting: bytes) -> AsyncIterator[BadHost]:
    """A server that never comes to the point: silent without a greeting, or full of remarks after one."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(greeting)
            # Until the client leaves.
            while await _heard(reader) != b"":
                if greeting:
                    writer.write(b"* OK Still here\r\n")
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    async with await asyncio.start_server(converse, f"127.0.0.{number}", 0) as server:
        yield BadHost(f"127.0.0.{number}", server.sockets[0].getsockname()[1])
        server.close()


async def _heard(reader: asyncio.StreamReader) -> bytes | None:
    """What came within half a second, None if nothing did."""
    try:
        async with asyncio.timeout(0.5):
            return await reader.read(65536)
    except TimeoutError:
        return None


async def test_hosts_that_hold_sign_ins_up_hold_up_nobody_else(tmp_path: Path, mail: FakeImapServer) -> None:
    """Six hosts of each kind, any five of which could hold all slots; nothing times out, and a new account connects."""
    async with AsyncExitStack() as hosts, Gateway(tmp_path, **PATIENT) as gateway:
        silent = [await hosts.enter_async_context(bad_host(number, b"")) for number in range(11, 17)]
        dripping = [await hosts.enter_async_context(bad_host(number, b"* OK ready\r\n")) for number in range(17, 23)]
        names = {each: [f"{i}-{each.host}" for i in range(25)] for each in (*silent, *dripping)}
        await asyncio.gather(
            *(gateway.register(name, imap(each, name)) for each, accounts in names.items() for name in accounts)
        )
        await gateway.register("healthy", imap(mail, "healthy"))
        await gateway.reaches("healthy", "connected")
        for each in (silent[0], dripping[0]):
            last = names[each][-1]
            seen = await gateway.when(last, lambda seen: seen["waiting"] and "waiting for" in seen["waiting"]["reason"])
            assert seen["state"] == "init"
            assert each.host in seen["waiting"]["reason"]
            listed = await gateway.ask("GET", f"/v1/accounts?query={last}&pageSize=1")
            assert each.host in listed["accounts"][0]["waiting"]["reason"]

        async def is_said() -> bool:
            tried = (await gateway.ask("GET", "/v1/accounts?state=connecting&pageSize=1"))["accounts"]
            # Between the two questions the try may have ended.
            seen = [await gateway.get(each["account"]) for each in tried]
            return any(each["state"] == "connecting" and each["waiting"] is None for each in seen)

        await sooner_or_later(is_said, 30, "one that is tried says so, and nothing of a wait")


async def test_more_accounts_than_open_files(tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver) -> None:
    """Those that have room are connected, the others say what they wait for; API, database and webhooks have theirs."""
    async with Gateway(tmp_path, open_files=LIMIT) as gateway:
        told = next(re.search(r"mail_connections=(\d+)", line) for line in gateway.log if "ready at" in line)
        assert told is not None
        room = int(told[1])
        doctor = await asyncio.to_thread(run, tmp_path, "doctor", open_files=LIMIT)
        assert f"{LIMIT} allowed, enough for {room} connections" in doctor.stdout.replace("\n", " ")
        with ExitStack() as crowd:
            # More clients than open files: they have a share of their own.
            for _ in range(LIMIT + 50):
                client = crowd.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(("127.0.0.1", int(gateway.url.rpartition(":")[2])))
            await gateway.post_webhooks_to(receiver.url)
            assert len(os.listdir(f"/proc/{gateway.pid}/fd")) < LIMIT / 2
        for first in range(0, 400, 20):
            numbers = range(first, first + 20)
            await asyncio.gather(*(gateway.register(f"of-many-{each}", imap(mail, f"u{each}")) for each in numbers))
        await gateway.all_connected(room)

        async def all_wait() -> bool:
            counts = [
                await gateway.ask("GET", f"/v1/accounts?state={each}&pageSize=1") for each in ("init", "connecting")
            ]
            return [each["total"] for each in counts] == [400 - room, 0]

        await sooner_or_later(all_wait, 60, "all others wait")
        assert len(os.listdir(f"/proc/{gateway.pid}/fd")) < LIMIT
        waiting = await gateway.ask("GET", "/v1/accounts?state=init&pageSize=1")
        last = waiting["accounts"][0]["account"]
        assert "the limit of open files allows" in (await gateway.get(last))["waiting"]["reason"]
        # The rest goes on: changes are stored, webhooks are posted, and a person's try has a connection to spare.
        tried = await gateway.ask("POST", "/v1/verifyAccount", {"imap": imap(mail, "someone")})
        assert tried["imap"]["success"] is True
        await sooner_or_later(lambda: _is_told(receiver, last), what="its webhook")
        connected = await gateway.ask("GET", "/v1/accounts?state=connected&pageSize=1")
        await gateway.delete(connected["accounts"][0]["account"])
        # Whoever is first has the connection that became free.
        await gateway.all_connected(room)


async def _is_told(receiver: WebhookReceiver, account: str) -> bool:
    return "accountAdded" in names_of(receiver, account)
