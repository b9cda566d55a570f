"""Whoever signs in, and what for: the same tokens, the same treatment of the server, the same pacing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings, Auth, Protocol
from postroom.connections.failures import Failure
from postroom.connections.hosts.names import LOCALHOST, LooksUp
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.credentials.access_tokens import Prepared
from postroom.onboarding.diagnosis import examination
from postroom.onboarding.diagnosis.service import diagnose
from postroom.onboarding.verify import Verifier
from postroom.sessions.failures import SessionFailed
from postroom.sessions.opening import Sessions
from postroom.sessions.places import Wish
from postroom.sessions.pool import Pool
from postroom.sessions.principal import Principal
from postroom.sessions.purpose import Purpose
from postroom.settings import Settings
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.lookups import KnownNames
from tests.fakes.smtp_server import FakeSmtpServer
from tests.sessions.conftest import imap_settings

# This server offers by its names nothing of what IMAP4rev2 implies.
REV2 = ("IMAP4rev1", "IMAP4rev2", "SASL-IR", "ID", "AUTH=PLAIN")
QRESYNC = ("IMAP4rev1", "SASL-IR", "ENABLE", "QRESYNC", "IDLE", "AUTH=PLAIN")


@dataclass
class Wallet:
    """A way to credentials: a first access token, and others in place of those that were refused."""

    given: list[str] = field(default_factory=lambda: ["first", "second", "third"])
    asked: list[Secret | None] = field(default_factory=list)

    async def prepare(
        self, settings: AccountSettings, *, protocol: Protocol, refused: Secret | None = None
    ) -> Prepared:
        self.asked.append(refused)
        token = self.given[sum(each is not None for each in self.asked)]
        auth = Auth("u", access_token=Secret(token))
        if protocol == "imap" and settings.imap is not None:
            settings = replace(settings, imap=replace(settings.imap, auth=auth))
        elif settings.smtp is not None:
            settings = replace(settings, smtp=replace(settings.smtp, auth=auth))
        return Prepared(settings, renewable=True, lent=True)


@dataclass
class Doing:
    """What a sign-in is done with."""

    settings: Settings
    pacing: SignInPacing
    full: AccountSettings
    prepare: Callable[..., Awaitable[Prepared]] | None = None
    lookups: LooksUp = LOCALHOST
    patience: float = 20.0

    @property
    def sessions(self) -> Sessions:
        return Sessions.of(self.settings, self.lookups, pacing=self.pacing)

    @property
    def who(self) -> Principal:
        return Principal(self.full, self.prepare)

    @property
    def verifier(self) -> Verifier:
        return Verifier(settings=self.settings, lookups=self.lookups, pacing=self.pacing, patience=self.patience)


async def live(doing: Doing) -> Failure | None:
    try:
        (await doing.sessions.open(doing.who, Purpose(doing.patience))).client.close()
    except SessionFailed as error:
        return error.failure
    return None


async def extra(doing: Doing) -> Failure | None:
    try:
        (await doing.sessions.open(doing.who.beside(), Purpose(doing.patience))).client.close()
    except SessionFailed as error:
        return error.failure
    return None


async def lent(doing: Doing) -> Failure | None:
    pool = Pool(doing.sessions)
    try:
        async with pool.lend(Wish(1, "a", 1, "host", 2, 10), doing.who, doing.patience):
            pass
    except SessionFailed as error:
        return error.failure
    finally:
        await pool.close()
    return None


async def verification(doing: Doing) -> Failure | None:
    return (await doing.verifier.verify_imap(doing.full, doing.prepare)).failure


async def diagnosis(doing: Doing) -> Failure | None:
    found = await diagnose(
        doing.full, doing.settings, prepare=doing.prepare, lookups=doing.lookups, pacing=doing.pacing
    )
    return found.trails[0].failure


async def sending(doing: Doing) -> Failure | None:
    try:
        opened = await doing.sessions.open_to_send(doing.who, Purpose(doing.patience))
    except SessionFailed as error:
        return error.failure
    await opened.client.leave()
    return None


async def verification_of_smtp(doing: Doing) -> Failure | None:
    return (await doing.verifier.verify_smtp(doing.full, doing.prepare)).failure


IMAP = [live, extra, lent, verification, diagnosis]
SMTP = [sending, verification_of_smtp, diagnosis]
Way = Callable[[Doing], Awaitable[Failure | None]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, _env_file=None)


@pytest.fixture
def doing(settings: Settings) -> Doing:
    return Doing(settings, SignInPacing(Shares(10, 10)), NO_SETTINGS)


@pytest.mark.parametrize("way", IMAP)
async def test_a_refused_token_is_replaced_once_for_imap(way: Way, doing: Doing) -> None:
    async with FakeImapServer(password="second") as server:
        wallet = Wallet()
        using = replace(doing, full=settings_of(imap_settings(server.host, server.port)), prepare=wallet.prepare)
        assert await way(using) is None
        assert wallet.asked == [None, Secret("first")]
        assert (server.statistics.logins, server.statistics.refused_logins) == (1, 1)
        wallet = Wallet(["wrong", "wrong too", "second"])
        failure = await way(replace(using, prepare=wallet.prepare))
        assert failure is not None
        assert (failure.kind, failure.phase) == ("authentication", "login")
        assert wallet.asked == [None, Secret("wrong")]


@pytest.mark.parametrize("way", SMTP)
async def test_a_refused_token_is_replaced_once_for_smtp(way: Way, doing: Doing) -> None:
    async with FakeSmtpServer(password="second") as server:
        wallet = Wallet()
        full = settings_of({"smtp": imap_settings(server.host, server.port)["imap"]})
        using = replace(doing, full=full, prepare=wallet.prepare)
        assert await way(using) is None
        assert wallet.asked == [None, Secret("first")]
        wallet = Wallet(["wrong", "wrong too", "second"])
        failure = await way(replace(using, prepare=wallet.prepare))
        assert failure is not None
        assert (failure.kind, failure.phase) == ("authentication", "login")
        assert wallet.asked == [None, Secret("wrong")]


@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("way", IMAP)
async def test_imap4rev2_is_used_unless_the_account_says_no(way: Way, doing: Doing, disabled: bool) -> None:
    async with FakeImapServer(capabilities=REV2) as server:
        full = settings_of(imap_settings(server.host, server.port, disableIMAP4rev2=disabled))
        assert await way(replace(doing, full=full)) is None
        assert ("NAMESPACE" in server.statistics.commands()) == (not disabled)


@pytest.mark.parametrize(("host", "enabled"), [("imap.example.com", True), ("imap.mail.me.com", False)])
@pytest.mark.parametrize("way", IMAP)
async def test_what_a_server_gets_wrong_is_taken_as_not_offered(
    way: Way, doing: Doing, host: str, enabled: bool
) -> None:
    async with FakeImapServer(capabilities=QRESYNC) as server:
        full = settings_of(imap_settings(host, server.port, tls={"allowPlaintext": True}))
        lookups = KnownNames({host: ["127.0.0.1"]})
        assert await way(replace(doing, full=full, lookups=lookups)) is None
        assert ("ENABLE" in server.statistics.commands()) == enabled


@pytest.mark.parametrize("way", IMAP)
async def test_a_host_that_turned_one_away_is_left_alone(
    way: Way, doing: Doing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PATIENCE", 0.05)
    async with FakeImapServer() as server:
        server.behave(refuse_login("LIMIT", "Too many login attempts"))
        using = replace(doing, full=settings_of(imap_settings(server.host, server.port)), patience=5.0)
        failure = await live(using)
        assert failure is not None
        assert failure.host_wide
        late = await way(replace(using, patience=0.05))
        assert late is not None
        assert late.code == "EHOSTPAUSED"
        assert server.statistics.count("command", "AUTHENTICATE") == 1


@pytest.mark.parametrize("way", SMTP)
async def test_so_is_one_for_sending(way: Way, doing: Doing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "PATIENCE", 0.05)
    async with FakeSmtpServer() as server:
        full = settings_of({"smtp": imap_settings(server.host, server.port)["imap"]})
        doing.pacing.pause(server.host, 60.0)
        failure = await way(replace(doing, full=full, patience=0.05))
        assert failure is not None
        assert failure.code == "EHOSTPAUSED"
        assert server.statistics.count("command", "AUTH") == 0


@pytest.mark.parametrize("way", [*IMAP, sending, verification_of_smtp])
async def test_private_addresses_are_out_of_reach_for_an_account_that_may_not(way: Way, doing: Doing) -> None:
    async with FakeImapServer() as server, FakeSmtpServer() as smtp:
        full = imap_settings(server.host, server.port)
        full |= {"smtp": imap_settings(smtp.host, smtp.port)["imap"], "publicHosts": True}
        failure = await way(replace(doing, full=settings_of(full)))
        assert failure is not None
        assert failure.kind == "connection"
        assert (server.statistics.connections, smtp.statistics.connections) == (0, 0)
