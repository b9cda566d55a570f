"""Names that nobody answers for, of accounts and of webhooks, beside healthy ones: nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.connections.clients.imap_client import Credentials, SignIn, open_imap
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LookupUse, Names
from postroom.connections.http.http_session import open_session
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.oauth2.web import WebClient
from postroom.onboarding.verify import Verifier
from postroom.settings import Settings
from postroom.webhooks.delivery.client import HttpClient
from postroom.webhooks.endpoints.targets import WebhookRequest
from tests.fakes.dns_server import FakeDnsServer
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.raw_http import RawHttp, ok
from tests.fakes.waiting import eventually

ACCOUNTS, WEBHOOKS = 120, 50
PATIENT = Timeouts(connect=60.0)


@pytest.fixture
async def dns() -> AsyncIterator[FakeDnsServer]:
    async with FakeDnsServer() as server:
        for name in (
            "imap.healthy.example",
            "verified.healthy.example",
            "login.healthy.example",
            "hook.healthy.example",
        ):
            server.add(name, "A", "127.0.0.1")
        yield server


@pytest.fixture
async def names(dns: FakeDnsServer) -> AsyncIterator[Names]:
    resolver = dns.names(limit=60)
    yield resolver
    await resolver.close()


async def open_and_close(names: Names, host: str, port: int) -> None:
    """What the runner of an account does."""
    sign_in = SignIn(Credentials("u1", "pass"))
    client = await open_imap(
        Endpoint(host, port, "none-ok", True), sign_in, PATIENT, lookups=names.of(LookupUse.ACCOUNTS)
    )
    await client.logout(5)


@pytest.mark.long
async def test_accounts_webhooks_verification_and_tokens_do_not_wait(
    dns: FakeDnsServer, names: Names, tmp_path: Path
) -> None:
    done: list[str] = []

    async def note(what: str, work: Awaitable[Any]) -> Any:
        try:
            return await work
        finally:
            done.append(what)

    accounts = [f"imap{number}.silent.example" for number in range(ACCOUNTS)]
    hooks = [f"hook{number}.silent.example" for number in range(WEBHOOKS)]
    dns.silence(*accounts, *hooks)
    async with (
        FakeImapServer() as mail,
        RawHttp() as web,
        open_session(AddressPolicy.ANY, 100, names.of(LookupUse.WEBHOOKS)) as session,
    ):
        poster = HttpClient(session, 60)
        tokens = WebClient(partial(open_session, AddressPolicy.ANY, 5, names.of(LookupUse.TOKENS)), timeout=60)
        waiting = [asyncio.ensure_future(note(host, open_and_close(names, host, 143))) for host in accounts]
        waiting += [
            asyncio.ensure_future(note(host, poster.post(WebhookRequest(f"http://{host}/", {}, b"{}"))))
            for host in hooks
        ]
        await eventually(lambda: {name for name, _ in dns.asked} >= {*accounts, *hooks})

        await note("account", open_and_close(names, "imap.healthy.example", mail.port))
        settings = Settings(data_dir=tmp_path, _env_file=None)
        block = {
            "host": "verified.healthy.example",
            "port": mail.port,
            "secure": False,
            "tls": {"allowPlaintext": True},
        }
        full = {"imap": {**block, "auth": {"user": "u1", "pass": "pass"}}}
        verifier = Verifier(settings=settings, lookups=names.of(LookupUse.ONBOARDING))
        reports = await note("verification", verifier.verify(settings_of(full)))
        assert [report.failure for report in reports] == [None]
        web.answer(ok(b"{}"))
        assert (await note("token", tokens.get(f"http://login.healthy.example:{web.port}/"))).ok
        answer = await note(
            "webhook", poster.post(WebhookRequest(f"http://hook.healthy.example:{web.port}/", {}, b"{}"))
        )
        assert answer.status == 200

        assert done == ["account", "verification", "token", "webhook"]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await tokens.close()
