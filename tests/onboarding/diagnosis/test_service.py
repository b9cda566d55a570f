"""A diagnosis names the step that fails, in the server's words, and goes on where it can."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.writing import document_of
from postroom.api.handlers.discovery import shown
from postroom.composition.services import web_client
from postroom.connections.hosts.names import LOCALHOST, Names
from postroom.credentials.access_tokens import AccessTokens
from postroom.oauth2.apps import Apps
from postroom.onboarding.diagnosis.service import Diagnosis, diagnose
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.words.strangers import WITHHELD
from tests.fakes.certificates import server_certificate
from tests.fakes.databases import opened
from tests.fakes.imap_server import (
    CAPABILITIES,
    FakeImapServer,
    answer,
    close_after_greeting,
    drop_during,
    greet_with,
    never_answer,
    never_greet,
    refuse_login,
    swallow_in_idle,
)
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_server import FakeSmtpServer
from tests.live.dovecot import Dovecot

SECRET = "a very secret word"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Limits that no busy machine reaches, and trust in the authority of the tests."""
    authority = tmp_path / "ca.pem"
    authority.write_bytes(server_certificate().authority)
    return Settings(data_dir=tmp_path, ca_file=authority, _env_file=None)


@pytest.fixture
def hurried(settings: Settings) -> Settings:
    """The same with limits that a server which says nothing reaches soon."""
    return settings.model_copy(update=dict.fromkeys(("tls_timeout", "greeting_timeout", "command_timeout"), 2.0))


@pytest.fixture
async def imap() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


def block(server: Any, password: str = "pass", **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "auth": {"user": "u", "pass": password}, **more}


def results(found: Diagnosis) -> dict[str, str]:
    """The outcome of each step, by `protocol step`."""
    return {f"{step.protocol} {step.name}": step.outcome for trail in found.trails for step in trail.steps}


def told(found: Diagnosis, name: str) -> dict[str, Any]:
    return next(dict(step.told) for trail in found.trails for step in trail.steps if step.name == name)


async def test_all_is_well(settings: Settings, imap: FakeImapServer) -> None:
    async with FakeSmtpServer() as smtp:
        found = await diagnose(settings_of({"imap": block(imap), "smtp": block(smtp)}), settings, lookups=LOCALHOST)
    assert results(found) == {
        **dict.fromkeys(("imap dns", "imap tcp-ipv4", "imap greeting", "imap capabilities", "imap login"), "ok"),
        **dict.fromkeys(("imap folders", "imap idle"), "ok"),
        **dict.fromkeys(("smtp dns", "smtp tcp-ipv4", "smtp greeting", "smtp capabilities", "smtp login"), "ok"),
    }
    assert (found.healthy, found.verdict.kind, found.verdict.cause) == (True, "none", "Everything works.")
    assert told(found, "dns") == {"addresses": ["127.0.0.1"]}
    assert "IDLE" in told(found, "capabilities")["capabilities"]
    assert told(found, "folders")["count"] >= 1
    assert imap.statistics.logins == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_the_certificate_is_shown(settings: Settings, tls: Any) -> None:
    async with FakeImapServer(tls=tls) as imap, FakeSmtpServer(tls=tls) as smtp:
        secure = tls == "implicit"
        blocks = {"imap": block(imap, secure=secure), "smtp": block(smtp, secure=secure)}
        for each in blocks.values():
            each["tls"] = {"rejectUnauthorized": True}
        found = await diagnose(settings_of(blocks), settings, lookups=LOCALHOST)
    step = "tls" if secure else "starttls"
    assert found.healthy
    for trail in found.trails:
        (facts,) = [dict[str, Any](each.told) for each in trail.steps if each.name == step]
        assert facts["version"] == "TLSv1.3"
        assert facts["certificate"]["names"] == ["localhost", "127.0.0.1"]
        assert facts["certificate"]["issuer"] == "Postroom test authority"
        assert facts["certificate"]["expires"].endswith("Z")


async def test_the_certificate_is_held_against_the_name_in_the_settings(settings: Settings) -> None:
    certificate = server_certificate(("mail.example.test",))
    async with FakeImapServer(tls="implicit", certificate=certificate) as imap:
        for name, code in ((None, "ECERTNAME"), ("mail.example.test", ""), ("Mail.Example.Test.", "")):
            tls = {"rejectUnauthorized": True, "servername": name}
            found = await diagnose(
                settings_of({"imap": block(imap, secure=True, tls=tls)}), settings, lookups=LOCALHOST
            )
            assert found.verdict.code == code, name
            assert found.healthy is (code == "")


@pytest.mark.parametrize(("offered", "secure"), [("implicit", False), ("starttls", True), (None, True)])
async def test_a_secure_that_does_not_fit_is_told_by_name(settings: Settings, offered: Any, secure: bool) -> None:
    async with FakeImapServer(tls=offered) as imap, FakeSmtpServer(tls=offered) as smtp:
        found = await diagnose(
            settings_of({"imap": block(imap, secure=secure), "smtp": block(smtp, secure=secure)}),
            settings,
            lookups=LOCALHOST,
        )
        assert (imap.statistics.logins, smtp.statistics.count("login")) == (0, 0)
    step, code = ("tls", "EPLAINTEXT") if secure else ("greeting", "EIMPLICITTLS")
    for trail in found.trails:
        assert trail.failure is not None
        assert trail.failure.code == code
        assert f"set `{trail.protocol}.secure` to {str(not secure).lower()}" in trail.failure.advice
    assert (found.verdict.kind, found.verdict.step, found.verdict.code) == ("connection", step, code)
    assert "`imap.secure`" in found.verdict.cure


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_a_certificate_nobody_trusts_is_shown_and_no_password_is_sent(tmp_path: Path, tls: Any) -> None:
    distrustful = Settings(data_dir=tmp_path, _env_file=None)
    async with FakeImapServer(tls=tls) as imap, FakeSmtpServer(tls=tls) as smtp:
        more: dict[str, Any] = {"secure": tls == "implicit", "tls": {"rejectUnauthorized": True}}
        found = await diagnose(
            settings_of({"imap": block(imap, **more), "smtp": block(smtp, **more)}), distrustful, lookups=LOCALHOST
        )
        assert imap.statistics.logins == 0
        assert smtp.statistics.count("command", "AUTH") == 0
    step = "tls" if tls == "implicit" else "starttls"
    assert (found.verdict.kind, found.verdict.code, found.verdict.step) == ("connection", "ECERTUNTRUSTED", step)
    for trail in found.trails:
        (failed,) = [each for each in trail.steps if each.outcome == "failed"]
        assert dict[str, Any](failed.told)["certificate"]["subject"] == "localhost"
        assert [each.name for each in trail.steps if each.outcome == "skipped"][-1] in ("idle", "login")


async def test_a_refused_password_is_the_servers_words_and_smtp_is_tried_all_the_same(
    settings: Settings, imap: FakeImapServer
) -> None:
    imap.behave(refuse_login("AUTHENTICATIONFAILED", "Invalid credentials (Failure)"))
    async with FakeSmtpServer() as smtp:
        found = await diagnose(
            settings_of({"imap": block(imap, SECRET), "smtp": block(smtp)}), settings, lookups=LOCALHOST
        )
    outcomes = results(found)
    assert (outcomes["imap capabilities"], outcomes["imap login"]) == ("ok", "failed")
    assert (outcomes["imap folders"], outcomes["imap idle"], outcomes["smtp login"]) == ("skipped", "skipped", "ok")
    verdict = found.verdict
    assert (verdict.kind, verdict.protocol, verdict.step) == ("authentication", "imap", "login")
    assert "Invalid credentials (Failure)" in verdict.cause
    assert "password" in verdict.cure
    assert not found.healthy
    assert SECRET not in json.dumps(shown(found))


async def test_the_words_of_a_server_that_repeats_the_password_are_left_out(
    settings: Settings, imap: FakeImapServer
) -> None:
    imap.behave(refuse_login("AUTHENTICATIONFAILED", f"No: {SECRET}"))
    found = await diagnose(settings_of({"imap": block(imap, SECRET)}), settings, lookups=LOCALHOST)
    assert WITHHELD in found.verdict.cause
    assert found.verdict.code == "AUTHENTICATIONFAILED"
    assert SECRET not in json.dumps(shown(found))


async def test_what_the_provider_wants_of_passwords_is_part_of_the_cure(
    settings: Settings, imap: FakeImapServer
) -> None:
    imap.behave(greet_with("* OK Gluon ready") | refuse_login("AUTHENTICATIONFAILED"))
    found = await diagnose(settings_of({"imap": block(imap)}), settings, lookups=LOCALHOST)
    assert "Proton Mail Bridge: Use the user name and the password that Bridge shows" in found.verdict.cure


async def test_a_busy_server_is_never_a_wrong_password(settings: Settings, imap: FakeImapServer) -> None:
    imap.behave(refuse_login("UNAVAILABLE", "Temporarily out of order"))
    found = await diagnose(settings_of({"imap": block(imap)}), settings, lookups=LOCALHOST)
    assert (found.verdict.kind, found.verdict.step, found.verdict.code) == ("connection", "login", "UNAVAILABLE")


@pytest.mark.long
@pytest.mark.parametrize(
    ("behaviour", "step"),
    [
        (never_greet(), "greeting"),
        (greet_with("* BYE Go away", then_close=True), "greeting"),
        (close_after_greeting(), "login"),
        (never_answer("LOGIN"), "login"),
        (drop_during("LOGIN"), "login"),
        (answer("LIST", tagged="NO Not today"), "folders"),
        (drop_during("LIST"), "folders"),
        (answer("EXAMINE", tagged="NO [UNAVAILABLE] Busy"), "folders"),
        (answer("IDLE", tagged="NO No idling"), "idle"),
        (swallow_in_idle(), "idle"),
    ],
    ids=[
        "silent",
        "bye",
        "leaves",
        "no-answer",
        "drops",
        "no-list",
        "drops-list",
        "no-inbox",
        "no-idle",
        "dead-in-idle",
    ],
)
async def test_the_step_that_fails_is_named(hurried: Settings, imap: FakeImapServer, behaviour: Any, step: str) -> None:
    imap.behave(behaviour)
    found = await diagnose(settings_of({"imap": block(imap)}), hurried, lookups=LOCALHOST)
    assert (found.healthy, found.verdict.kind, found.verdict.step) == (False, "connection", step)
    assert [name for name, outcome in results(found).items() if outcome == "failed"] == [f"imap {step}"]
    assert found.verdict.cause
    assert found.verdict.cure


async def test_a_server_that_says_only_at_the_inbox_what_is_wrong(settings: Settings, imap: FakeImapServer) -> None:
    imap.behave(answer("EXAMINE", tagged="NO EXAMINE Unsafe Login. Please contact kefu@188.com for help"))
    found = await diagnose(settings_of({"imap": block(imap)}), settings, lookups=LOCALHOST)
    assert (found.verdict.kind, found.verdict.step, found.verdict.code) == ("authentication", "folders", "UNSAFELOGIN")
    assert "authorisation code" in found.verdict.cure


async def test_idle_is_not_tried_where_it_is_known_to_fail(settings: Settings) -> None:
    async with FakeImapServer() as imap:
        imap.behave(answer("ID", '* ID ("name" "Coremail Imap")'))
        found = await diagnose(settings_of({"imap": block(imap)}), settings, lookups=LOCALHOST)
    assert found.healthy
    assert results(found)["imap idle"] == "warning"
    assert any("polled" in remark for remark in found.verdict.remarks)


async def test_without_idle_there_is_a_remark_and_no_failure(settings: Settings) -> None:
    async with FakeImapServer(capabilities=[name for name in CAPABILITIES if name != "IDLE"]) as imap:
        found = await diagnose(settings_of({"imap": block(imap)}), settings, lookups=LOCALHOST)
    assert found.healthy
    assert found.verdict.remarks == ("IMAP, idle: The server does not offer IDLE: new mail is polled for.",)


async def test_nobody_there(settings: Settings) -> None:
    nobody = PortReservation()
    found = await diagnose(settings_of({"imap": block(nobody)}), settings, lookups=LOCALHOST)
    nobody.release()
    assert (found.verdict.step, found.verdict.code) == ("tcp-ipv4", "ECONNREFUSED")
    assert results(found)["imap login"] == "skipped"


async def test_one_address_family_that_answers_is_enough(settings: Settings, imap: FakeImapServer) -> None:
    found = await diagnose(settings_of({"imap": {**block(imap), "host": "localhost"}}), settings, lookups=LOCALHOST)
    outcomes = results(found)
    assert found.healthy
    assert outcomes["imap tcp-ipv4"] == "ok"
    # Where the machine knows ::1 as localhost, the fake server does not listen there.
    assert outcomes.get("imap tcp-ipv6", "warning") == "warning"


async def test_a_name_that_does_not_exist(settings: Settings) -> None:
    nobody = {"host": "nobody.invalid", "port": 993, "auth": {"user": "u", "pass": "pass"}}
    found = await diagnose(settings_of({"imap": nobody}), settings, lookups=LOCALHOST)
    assert found.verdict.step == "dns"
    assert found.verdict.code in ("ENOTFOUND", "EAI_AGAIN")


async def test_addresses_the_operator_does_not_allow_are_not_tried(settings: Settings, imap: FakeImapServer) -> None:
    found = await diagnose(
        settings_of({"imap": block(imap)}), settings.model_copy(update={"host_policy": "public"}), lookups=LOCALHOST
    )
    assert found.verdict.code == "EEGRESSBLOCKED"
    assert imap.statistics.connections == 0


async def test_the_wrong_port_for_tls(settings: Settings, imap: FakeImapServer) -> None:
    found = await diagnose(settings_of({"imap": block(imap, secure=True)}), settings, lookups=LOCALHOST)
    assert (found.verdict.step, found.verdict.kind) == ("tls", "connection")


async def test_encryption_is_demanded_before_a_password(settings: Settings) -> None:
    async with FakeSmtpServer(tls="starttls") as smtp:
        smtp.reply_with("STARTTLS", "454 4.7.0 TLS not available")
        found = await diagnose(settings_of({"smtp": block(smtp)}), settings, lookups=LOCALHOST)
    assert (found.verdict.protocol, found.verdict.step) == ("smtp", "starttls")


async def test_a_certificate_that_expires_soon_is_worth_a_remark(settings: Settings) -> None:
    async with FakeImapServer(tls="implicit") as imap:
        soon = server_certificate(valid_days=3).server_context()
        imap._tls_context = soon
        await imap.stop()
        await imap.start()
        found = await diagnose(settings_of({"imap": block(imap, secure=True)}), settings, lookups=LOCALHOST)
    assert found.healthy
    assert "expires on" in found.verdict.remarks[0]


async def test_missing_credentials_are_said_before_anything_is_tried(settings: Settings) -> None:
    oauth2 = {"provider": "gmail", "auth": {"user": "u"}}
    found = await diagnose(settings_of({"oauth2": oauth2}), settings, lookups=LOCALHOST)
    assert (found.verdict.kind, found.verdict.step) == ("authentication", "credentials")


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> AsyncIterator[Database]:
    async with opened(sqlite_url) as db:
        yield db


async def oauth2_account(db: Database, provider: OpenIdProvider, imap: FakeImapServer) -> Accounts:
    """An account of an application at this server, with a refresh token and no access token yet."""
    box = SecretBox(("secret",))
    await Apps(db, box).create(provider.application(imap={"host": imap.host, "port": imap.port}))
    accounts = Accounts(db, box)
    oauth2 = {"provider": "local", "auth": {"user": "u"}, "refreshToken": provider.grant("u")}
    await accounts.register("a", {"name": "A", "imap": {"host": imap.host, "port": imap.port}, "oauth2": oauth2})
    return accounts


@pytest.mark.long
async def test_an_access_token_is_a_step_of_its_own(
    settings: Settings, imap: FakeImapServer, sqlite_db: Database
) -> None:
    async with OpenIdProvider() as provider:
        accounts = await oauth2_account(sqlite_db, provider, imap)
        tokens = AccessTokens(
            db=sqlite_db, accounts=accounts, apps=Apps(sqlite_db, accounts.box), web=web_client(settings, Names())
        )
        stored = await accounts.preview("a", {})
        prepare = partial(tokens.prepare, "a")
        found = await diagnose(stored, settings, prepare=prepare, lookups=LOCALHOST)
        # The fake mail server takes one secret only, and neither this token is it nor the one that replaced it.
        assert (results(found)["imap oauth2-token"], found.verdict.step) == ("warning", "login")
        assert (provider.refreshes, imap.statistics.refused_logins) == (2, 2)
        assert told(found, "oauth2-token")["provider"] == "local"
        renewed = document_of(await accounts.preview("a", {}))["oauth2"]
        imap.world.password = renewed["accessToken"]
        well = await diagnose(stored, settings, prepare=prepare, lookups=LOCALHOST)
        assert (well.healthy, results(well)["imap oauth2-token"]) == (True, "ok")
        assert renewed["accessToken"] not in json.dumps(shown(found))
        provider.revoke_grants()
        await accounts.update("a", {"oauth2": {"partial": True, "accessToken": "old", "expires": "2020-01-01T00:00Z"}})
        refused = await diagnose(await accounts.preview("a", {}), settings, prepare=prepare, lookups=LOCALHOST)
        await tokens.close()
    assert (refused.verdict.kind, refused.verdict.step) == ("authentication", "oauth2-token")
    assert results(refused)["imap login"] == "skipped"


@pytest.mark.long
async def test_the_providers_smtp_server_is_examined_unless_the_account_has_none(
    settings: Settings, sqlite_db: Database
) -> None:
    async with (
        OpenIdProvider() as provider,
        FakeImapServer(tls="starttls", password="bearer") as imap,
        FakeSmtpServer(tls="starttls", password="bearer") as smtp,
    ):
        servers = {
            name: {"host": "localhost", "port": server.port, "secure": False}
            for name, server in (("imap", imap), ("smtp", smtp))
        }
        box = SecretBox((SECRET,))
        apps = Apps(sqlite_db, box)
        await apps.create(provider.application(**servers))
        tokens = AccessTokens(
            db=sqlite_db, accounts=Accounts(sqlite_db, box), apps=apps, web=web_client(settings, Names())
        )
        full: dict[str, Any] = {"oauth2": {"provider": "local", "auth": {"user": "u"}, "accessToken": "bearer"}}
        prepare = partial(tokens.prepare, "a")
        found = await diagnose(settings_of(full), settings, prepare=prepare, lookups=LOCALHOST)
        assert found.healthy, found.verdict
        assert (results(found)["smtp starttls"], results(found)["smtp login"]) == ("ok", "ok")
        without = await diagnose(settings_of({**full, "smtp": False}), settings, prepare=prepare, lookups=LOCALHOST)
        assert {step.protocol for trail in without.trails for step in trail.steps} == {"imap"}
        await tokens.close()


async def test_nothing_to_examine(settings: Settings) -> None:
    found = await diagnose(settings_of({}), settings, lookups=LOCALHOST)
    assert (found.healthy, found.trails) == (False, ())
    assert "no IMAP or SMTP" in found.verdict.cause


async def test_it_ends_in_time_whatever_the_server_does(settings: Settings, imap: FakeImapServer) -> None:
    imap.behave(never_answer("LOGIN"))
    patient = settings.model_copy(update={"command_timeout": 60})
    started = time.monotonic()
    found = await diagnose(settings_of({"imap": block(imap)}), patient, limit=0.5, lookups=LOCALHOST)
    assert time.monotonic() - started < 3
    assert found.verdict.step == "time"


@pytest.mark.dovecot
@pytest.mark.parametrize("kind", ["implicit", "starttls"])
async def test_a_real_dovecot(settings: Settings, dovecot: Dovecot, kind: str) -> None:
    port = dovecot.tls_port if kind == "implicit" else dovecot.port
    imap = {"host": "localhost", "port": port, "secure": kind == "implicit", "auth": {"user": "d", "pass": "pass"}}
    trusting = settings.model_copy(update={"ca_file": dovecot.ca_file, "command_timeout": 5, "tls_timeout": 5})
    found = await diagnose(
        settings_of({"imap": {**imap, "tls": {"rejectUnauthorized": True}}}), trusting, lookups=LOCALHOST
    )
    assert found.healthy, found.verdict
    wrong = await diagnose(
        settings_of({"imap": {**imap, "auth": {"user": "d", "pass": "wrong"}}}), trusting, lookups=LOCALHOST
    )
    assert (wrong.verdict.kind, wrong.verdict.step, wrong.verdict.code) == (
        "authentication",
        "login",
        "AUTHENTICATIONFAILED",
    )
