"""Verification, diagnosis and quota sign in as the live account does: same commands, same pacing, few sign-ins."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from postroom import app
from postroom.accounts.settings.reading import settings_of
from postroom.cluster.leases import Leases
from postroom.composition.gateway import Gateway, build_gateway
from postroom.composition.services import Ground
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.onboarding.diagnosis import examination
from postroom.onboarding.diagnosis.service import diagnose
from postroom.onboarding.verify import Verifier
from postroom.settings import Settings
from tests.api.conftest import TOKEN, Client
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.supervisor.conftest import imap_body, supervised
from tests.supervisor.test_oauth2 import reaches, state

# IMAP4rev2 implies NAMESPACE, ENABLE and IDLE, which this server does not offer by their names.
REV2 = ("IMAP4rev1", "IMAP4rev2", "SASL-IR", "ID", "CONDSTORE", "QUOTA", "AUTH=PLAIN")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, token=TOKEN, _env_file=None)


def opening_of(server: FakeImapServer, connection: int, count: int) -> list[str]:
    """The first commands of a connection."""
    return server.statistics.commands(connection)[:count]


@pytest.mark.long
@pytest.mark.parametrize("disabled", [False, True])
async def test_all_say_the_same_to_sign_in(client: Client, disabled: bool) -> None:
    async with FakeImapServer(capabilities=REV2) as server:
        body = imap_body(server.port)
        body["imap"]["disableIMAP4rev2"] = disabled
        assert (await client.register("a", **body)).status == 200
        async with supervised(client.db):
            await reaches(client.api.accounts, state("connected"))
            live = server.statistics.connections
            full = await client.api.accounts.preview("a", {})
            assert (await client.api.verifier.verify_imap(full)).success
            assert (await diagnose(full, client.api.settings, lookups=LOCALHOST)).healthy
            assert (await client.get("/v1/account/a?quota=true")).status == 200
    first = next(at for at in range(1, live + 1) if "AUTHENTICATE" in server.statistics.commands(at))
    quota = server.statistics.commands(server.statistics.connections)
    count = next(at for at, name in enumerate(quota) if name in ("GETQUOTAROOT", "LOGOUT"))
    expected = opening_of(server, first, count)
    assert ("NAMESPACE" in expected, "ENABLE" in expected) == (not disabled, not disabled)
    for connection in range(live + 1, server.statistics.connections + 1):
        said = opening_of(server, connection, count)
        assert said in (expected, []), (said, expected)
    assert server.statistics.logins == 4


async def test_a_diagnosis_idles_where_the_live_account_does(settings: Settings) -> None:
    async with FakeImapServer(capabilities=REV2) as server:
        for disabled, outcome in ((False, "ok"), (True, "warning")):
            full = imap_body(server.port)
            full["imap"]["disableIMAP4rev2"] = disabled
            found = await diagnose(settings_of(full), settings, lookups=LOCALHOST)
            assert [step.outcome for step in found.trails[0].steps if step.name == "idle"] == [outcome]


async def test_quotas_are_asked_for_once_a_minute_and_anew_after_a_change(client: Client) -> None:
    async with FakeImapServer() as server:
        assert (await client.register("a", **imap_body(server.port))).status == 200
        async with supervised(client.db):
            await reaches(client.api.accounts, state("connected"))
            before = server.statistics.logins
            answers = await asyncio.gather(*[client.get("/v1/account/a?quota=true") for _ in range(10)])
            answers.append(await client.get("/v1/account/a?quota=true"))
            assert [answer.body["quota"] for answer in answers] == [False] * 11
            assert server.statistics.logins == before + 1
            before = server.statistics.logins
            assert (await client.put("/v1/account/a/reconnect", {"reconnect": True})).status == 200
            # Until it signs in again, the account still says that it is connected.
            await eventually(lambda: server.statistics.logins == before + 1)
            await reaches(client.api.accounts, state("connected"))
            before = server.statistics.logins
            assert (await client.get("/v1/account/a?quota=true")).body["quota"] is False
            assert server.statistics.logins == before + 1


async def test_a_host_that_is_left_alone_is_left_alone_by_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pacing = SignInPacing(Shares(10, 10))
    verifier = Verifier(settings=settings, lookups=LOCALHOST, pacing=pacing, patience=0.1)
    monkeypatch.setattr(examination, "PATIENCE", 0.1)
    async with FakeImapServer() as server, FakeSmtpServer() as smtp:
        full: dict[str, Any] = {**imap_body(server.port), "smtp": imap_body(smtp.port)["imap"]}
        server.behave(refuse_login("LIMIT", "Too many login attempts"))
        refused = await verifier.verify_imap(settings_of(full))
        assert refused.failure is not None
        assert refused.failure.host_wide
        tried = [await verifier.verify_imap(settings_of(full)), await verifier.verify_smtp(settings_of(full))]
        assert [report.failure.code if report.failure else None for report in tried] == ["EHOSTPAUSED"] * 2
        found = await diagnose(settings_of(full), settings, pacing=pacing, lookups=LOCALHOST)
        assert [(trail.steps[2].name, trail.steps[2].outcome) for trail in found.trails] == [("turn", "failed")] * 2
        assert (found.verdict.kind, found.verdict.step, found.verdict.code) == ("connection", "turn", "EHOSTPAUSED")
        assert server.statistics.count("command", "AUTHENTICATE") == 1
        assert smtp.statistics.count("command", "AUTH") == 0


@pytest.mark.long
async def test_diagnoses_crowd_no_host(settings: Settings) -> None:
    visits = SignInPacing(Shares(2, 2))
    peak = 0
    async with FakeImapServer() as server:

        async def count() -> None:
            nonlocal peak
            while True:
                peak = max(peak, len(server.world.sessions))
                await asyncio.sleep(0.002)

        counting = asyncio.create_task(count())
        full = settings_of(imap_body(server.port))
        found = await asyncio.gather(*[diagnose(full, settings, visits=visits, lookups=LOCALHOST) for _ in range(12)])
        counting.cancel()
    assert all(each.healthy for each in found)
    # The server may not have noticed yet that a connection has ended.
    assert 0 < peak <= 4


async def test_a_diagnosis_that_gets_no_place_at_the_host_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PATIENCE", 0.1)
    visits = SignInPacing(Shares(1, 1))
    async with FakeImapServer() as server:
        full = imap_body(server.port)
        async with visits.sign_in(full["imap"]["host"]):
            found = await diagnose(settings_of(full), settings, visits=visits, lookups=LOCALHOST)
        assert (found.verdict.step, found.verdict.code) == ("turn", "EBUSYHERE")
        assert server.statistics.connections == 0
        assert (await diagnose(settings_of(full), settings, visits=visits, lookups=LOCALHOST)).healthy


async def test_the_gateway_has_one_pacing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Gateway] = []

    def keep(ground: Ground, leases: Leases) -> Gateway:
        made.append(build_gateway(ground, leases))
        return made[-1]

    monkeypatch.setattr(app, "build_gateway", keep)
    ready = asyncio.Event()
    free = settings.model_copy(update={"port": 0})
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(app.run_gateway(free, ready=lambda _: ready.set()))
        await ready.wait()
        running.cancel()
    (gateway,) = made
    sessions, api = gateway.borrowing.pool.sessions, gateway.api
    assert gateway.supervisor._shop.sessions is sessions
    assert api.quotas.borrowing is gateway.borrowing
    assert sessions.pacing is api.verifier.pacing is api.sign_ins.pacing is api.diagnoses.pacing
    assert api.diagnoses.visits not in (None, sessions.pacing)
