"""What the composition promises: rooms that must agree share one service, and all that runs beside the API begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from postroom import __version__
from postroom.cluster.leases import Leases, Term
from postroom.composition import dashboard
from postroom.composition.gateway import Gateway, build_gateway
from postroom.composition.services import Ground, open_ground, tokens_of, web_client
from postroom.connections.hosts.names import Names
from postroom.oauth2.web import NoAnswer
from postroom.server.listening import bind
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from tests.fakes.databases import opened

TOKEN = "the operator's own token"


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url) as database:
        yield database


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(**{"data_dir": folder, "token": TOKEN, "_env_file": None, **given})


def ground_of(given: Settings, db: Database, stack: AsyncExitStack) -> Ground:
    return open_ground(given, db, SecretBox(("a secret for tests",)), None, stack)


@pytest.fixture
async def gateway(db: Database, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that is built and not begun."""
    async with AsyncExitStack() as stack:
        ground = ground_of(settings(tmp_path, service_url="https://mail.example.com"), db, stack)
        yield build_gateway(ground, Leases(db, Term()))


def test_every_sign_in_waits_for_the_same_turns(gateway: Gateway) -> None:
    pacing = gateway.borrowing.pool.sessions.pacing
    api = gateway.api
    assert {id(each.pacing) for each in (api.verifier, api.diagnoses, gateway.site.sign_ins)} == {id(pacing)}


def test_a_lent_session_is_lent_to_quotas_from_the_pool_that_is_tended(gateway: Gateway) -> None:
    assert gateway.api.quotas.borrowing is gateway.borrowing


def test_pages_and_api_have_the_same_services(gateway: Gateway) -> None:
    assert gateway.site.sign_ins is gateway.api.sign_ins
    assert gateway.site.consents is gateway.api.registrations.consents
    assert gateway.site.runtime is gateway.api.runtime


async def test_the_dashboard_is_built_once_though_two_visit_it_first(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[object] = []
    seen: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        seen.append(message)

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "from the dashboard"})

    def application_of(desk: object) -> ASGIApp:
        built.append(desk)
        return application

    monkeypatch.setattr(dashboard, "application_of", application_of)
    request: Scope = {"type": "http", "path": "/"}
    await asyncio.gather(*(gateway.dashboard(request, receive, send) for _ in range(2)))
    assert seen == [{"type": "from the dashboard"}] * 2
    assert built == [gateway.desk]
    assert gateway.desk.accounts is gateway.api.accounts


def test_health_knows_of_secrets_that_cannot_be_read(gateway: Gateway) -> None:
    assert gateway.api.vitals.soundness is gateway.soundness


async def test_the_url_of_the_settings_is_the_default_of_the_one_set_at_run_time(gateway: Gateway) -> None:
    assert (await gateway.api.runtime.get()).service_url == "https://mail.example.com"
    assert gateway.api.version == __version__


async def test_the_operators_token_opens_everything_and_without_one_nothing_does(db: Database, tmp_path: Path) -> None:
    assert (await tokens_of(settings(tmp_path), db).recognise(TOKEN, None)).scopes == ("*",)
    assert await tokens_of(settings(tmp_path, token=None), db).count() == 0


async def test_authorization_servers_are_under_the_policy_for_mail(tmp_path: Path) -> None:
    names = Names()
    web = web_client(settings(tmp_path, host_policy="public"), names)
    try:
        with pytest.raises(NoAnswer, match="not a public address"):
            await web.get("http://127.0.0.1:1/")
    finally:
        await web.close()
        await names.close()


async def asked(gateway: Gateway, *paths: str) -> list[int]:
    """Serve a gateway, ask these paths one after the other, and stop it; return the statuses."""
    ready, listener = asyncio.Event(), bind("127.0.0.1", 0)
    serving = asyncio.ensure_future(gateway.serve(listener, ready.set))
    await ready.wait()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with aiohttp.ClientSession() as session:
        statuses = [(await session.get(f"{base}{path}")).status for path in paths]
    serving.cancel()
    await asyncio.wait([serving])
    listener.close()
    return statuses


async def test_all_that_works_beside_the_api_begins_and_ends_together(gateway: Gateway) -> None:
    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            gateway.begin(group)

    working = asyncio.ensure_future(work())
    # The supervisor tells the other nodes that it is there.
    async with asyncio.timeout(60):
        while not await gateway.api.nodes.all():
            assert not working.done()
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.wait([working])
    assert working.cancelled()


@pytest.mark.parametrize("access_log", [True, False])
async def test_a_gateway_answers_and_logs_calls_if_the_operator_wants_that(
    db: Database, tmp_path: Path, access_log: bool
) -> None:
    async with AsyncExitStack() as stack:
        ground = ground_of(settings(tmp_path, access_log=access_log), db, stack)
        gateway = build_gateway(ground, Leases(db, Term()))
        with capture_logs() as lines:
            assert await asked(gateway, "/health", "/accounts/new") == [200, 403]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes == (["/health", "/accounts/new"] if access_log else [])
