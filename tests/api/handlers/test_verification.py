"""Trying settings before they are stored, against servers that answer as they are told to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.storage.tables import account_settings
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer, greet_with, never_greet, refuse_login
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_server import FakeSmtpServer

PATH = "/v1/account/user@example.com"


@pytest.fixture
async def imap() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer() as server:
        yield server


def block(
    server: FakeImapServer | FakeSmtpServer | PortReservation, password: str = "pass", **more: Any
) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "auth": {"user": "u", "pass": password}, **more}


def registration(**blocks: Any) -> dict[str, Any]:
    return {"account": "user@example.com", "name": "John Doe", **blocks}


async def test_a_verified_registration_is_stored(client: Client, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    answer = await client.post("/v1/account?verify=true", registration(imap=block(imap), smtp=block(smtp)))
    assert (answer.status, answer.body["state"]) == (200, "init")
    assert imap.statistics.logins == 1
    assert (await client.get(PATH)).status == 200


async def test_refused_credentials_are_the_specified_error_and_store_nothing(
    client: Client, imap: FakeImapServer
) -> None:
    imap.behave(refuse_login("AUTHENTICATIONFAILED", "Wrong password, friend"))
    answer = await client.post("/v1/account?verify=true", registration(imap=block(imap, "sesame")))
    assert answer.status == 400
    body = answer.body
    assert (body["error"], body["code"], body["statusCode"]) == ("Authentication failed", "AuthenticationError", 400)
    assert "Wrong password, friend" in body["response"]
    assert (body["serverResponseCode"], body["protocol"], body["phase"]) == ("AUTHENTICATIONFAILED", "imap", "login")
    assert (body["host"], body["port"]) == ("127.0.0.1", imap.port)
    assert body["advice"]
    assert "sesame" not in answer.text
    assert (await client.get(PATH)).status == 404


async def test_a_busy_server_is_a_connection_error_never_a_wrong_password(client: Client, imap: FakeImapServer) -> None:
    imap.behave(refuse_login("UNAVAILABLE", "Temporarily out of order"))
    answer = await client.post("/v1/account?verify=true", registration(imap=block(imap)))
    assert (answer.status, answer.body["code"]) == (400, "ConnectionError")
    assert "Temporarily out of order" in answer.body["response"]


async def test_nobody_there(client: Client) -> None:
    nobody = PortReservation()
    answer = await client.post("/v1/account?verify=true", registration(imap=block(nobody)))
    nobody.release()
    assert (answer.status, answer.body["code"], answer.body["phase"]) == (400, "ConnectionError", "connect")
    assert answer.body["serverResponseCode"] == "ECONNREFUSED"
    assert str(answer.body["port"]) in answer.body["error"]


@pytest.mark.long
@pytest.mark.parametrize("behaviour", [never_greet(), greet_with("* BYE Go away")], ids=["silent", "bye"])
async def test_a_server_that_does_not_greet(
    with_settings: Callable[..., Any], imap: FakeImapServer, behaviour: Any
) -> None:
    imap.behave(behaviour)
    async with with_settings(greeting_timeout=1) as client:
        answer = await client.post("/v1/account?verify=true", registration(imap=block(imap)))
    assert (answer.status, answer.body["code"], answer.body["phase"]) == (400, "ConnectionError", "greeting")


async def test_an_account_that_only_sends_is_tried_and_examined_for_smtp_alone(
    client: Client, smtp: FakeSmtpServer
) -> None:
    body = {"account": "a", "name": "A", "smtp": block(smtp)}
    assert (await client.post("/v1/verifyAccount", {"smtp": block(smtp)})).body["smtp"]["success"] is True
    refused = await client.post("/v1/account?verify=true", {**body, "smtp": block(smtp, "wrong")})
    assert (refused.status, refused.body["protocol"]) == (400, "smtp")
    assert (await client.post("/v1/account?verify=true", body)).body["created"] is True
    found = (await client.post("/v1/account/a/diagnosis")).body
    assert (found["success"], {step["protocol"] for step in found["steps"]}) == (True, {"smtp"})


async def test_smtp_is_tried_when_it_is_given(client: Client, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    answer = await client.post("/v1/account?verify=true", registration(imap=block(imap), smtp=block(smtp, "wrong")))
    assert (answer.status, answer.body["code"], answer.body["protocol"]) == (400, "AuthenticationError", "smtp")
    assert (await client.get(PATH)).status == 404


async def test_what_can_be_refused_without_a_connection_is(client: Client, imap: FakeImapServer) -> None:
    for body in (
        registration(imap={**block(imap), "auth": {"user": "u"}}),
        registration(imap=block(imap, "******")),
        registration(),
    ):
        assert (await client.post("/v1/account?verify=true", body)).status == 400
    await client.post("/v1/account", registration(imap=block(imap)))
    taken = await client.post("/v1/account?verify=true", registration(imap=block(imap)))
    assert taken.body["code"] == "AccountAlreadyExists"
    assert imap.statistics.logins == 0


async def test_a_change_that_does_not_work_changes_nothing(client: Client, imap: FakeImapServer) -> None:
    await client.post("/v1/account", registration(imap=block(imap)))
    before = await client.api.accounts.preview("user@example.com", {})
    answer = await client.put(PATH + "?verify=true", {"name": "New", "imap": {"auth": {"pass": "wrong"}}})
    assert (answer.status, answer.body["code"]) == (400, "AuthenticationError")
    assert await client.api.accounts.preview("user@example.com", {}) == before
    assert (await client.get(PATH)).body["name"] == "John Doe"
    imap.world.password = "better"
    answer = await client.put(PATH + "?verify=true", {"name": "New", "imap": {"auth": {"pass": "better"}}})
    assert (answer.status, answer.body["success"]) == (200, True)
    assert (await client.put("/v1/account/nobody?verify=true", {})).status == 404


async def test_upsert_with_verify_tries_what_the_account_will_be(client: Client, imap: FakeImapServer) -> None:
    body = registration(imap=block(imap))
    assert (await client.post("/v1/account?verify=true&upsert=true", body)).body["created"] is True
    assert (await client.post("/v1/account?verify=true&upsert=true", body)).body["created"] is False
    bad = registration(imap=block(imap, "wrong"))
    assert (await client.post("/v1/account?verify=true&upsert=true", bad)).body["code"] == "AuthenticationError"


async def test_verify_account_tells_of_both_protocols_and_stores_nothing(
    client: Client, imap: FakeImapServer, smtp: FakeSmtpServer
) -> None:
    answer = await client.post(
        "/v1/verifyAccount", {"imap": block(imap), "smtp": block(smtp, "wrong"), "mailboxes": True}
    )
    assert answer.status == 200
    assert answer.body["imap"]["success"] is True
    assert answer.body["imap"]["server"]["greeting"]
    refused = answer.body["smtp"]
    assert (refused["success"], refused["error"], refused["phase"]) == (False, "Authentication failed", "login")
    assert refused["responseText"]
    assert "INBOX" in [mailbox["path"] for mailbox in answer.body["mailboxes"]]
    inbox = next(mailbox for mailbox in answer.body["mailboxes"] if mailbox["path"] == "INBOX")
    assert (inbox["name"], inbox["parentPath"], inbox["specialUse"]) == ("INBOX", "", "\\Inbox")
    assert (await client.get("/v1/accounts")).body["total"] == 0


async def test_verify_account_tells_only_of_what_was_asked(client: Client, imap: FakeImapServer) -> None:
    answer = await client.post("/v1/verifyAccount", {"imap": block(imap), "smtp": False})
    assert set(answer.body) == {"imap"}
    imap.behave(refuse_login("AUTHENTICATIONFAILED"))
    answer = await client.post("/v1/verifyAccount", {"imap": block(imap)})
    assert answer.status == 200
    assert (answer.body["imap"]["success"], answer.body["imap"]["code"]) == (False, "AUTHENTICATIONFAILED")
    assert set(await client.problems("POST", "/v1/verifyAccount", {})) == {"imap"}
    named = await client.problems("POST", "/v1/verifyAccount", {"imap": {"host": "x"}})
    assert set(named) == {"imap.port", "imap.auth"}


async def test_addresses_the_operator_does_not_allow_are_not_even_tried(
    with_settings: Any, imap: FakeImapServer
) -> None:
    async with with_settings(host_policy="public") as client:
        named = {**block(imap), "host": "localhost"}
        answer = await client.post("/v1/verifyAccount", {"imap": named})
        assert answer.body["imap"]["success"] is False
        assert imap.statistics.connections == 0


async def test_lost_secrets_are_named_and_a_put_repairs_them_with_and_without_verification(
    client: Client, imap: FakeImapServer
) -> None:
    body = {**registration(imap=block(imap)), "proxy": "http://user:word@proxy.example/"}
    assert (await client.post("/v1/account", body)).status == 200
    damaged = sa.update(account_settings).values(secrets="v1.abcdef01.damaged")
    for verify in ("", "?verify=true"):
        await client.db.write(lambda conn: conn.execute(damaged) and None)
        verdict = (await client.post(f"{PATH}/diagnosis")).body["verdict"]
        assert verdict["code"] == "SecretUnreadable"
        assert "the account" in verdict["cause"]
        assert (await client.get(PATH)).status == 200
        change = {"imap": block(imap)}
        assert set(await client.problems("PUT", PATH + verify, change)) == {"proxy"}
        assert (await client.put(PATH + verify, {**change, "proxy": None})).status == 200
        assert (await client.put(PATH, {"proxy": "http://user:word@proxy.example/"})).status == 200


@pytest.mark.long
@pytest.mark.parametrize(("offered", "secure"), [("implicit", False), ("starttls", True), (None, True)])
async def test_a_secure_that_does_not_fit_is_told_by_name(client: Client, offered: Any, secure: bool) -> None:
    async with FakeImapServer(tls=offered) as imap, FakeSmtpServer(tls=offered) as smtp:
        blocks = {"imap": block(imap, secure=secure), "smtp": block(smtp, secure=secure)}
        tried = (await client.post("/v1/verifyAccount", blocks)).body
        refused = (await client.post("/v1/account?verify=true", registration(**blocks))).body
    code = "EPLAINTEXT" if secure else "EIMPLICITTLS"
    for protocol in ("imap", "smtp"):
        assert (tried[protocol]["success"], tried[protocol]["code"]) == (False, code)
        assert f"set `{protocol}.secure` to {str(not secure).lower()}" in tried[protocol]["advice"]
    assert (refused["code"], refused["serverResponseCode"]) == ("ConnectionError", code)
    assert "`imap.secure`" in refused["advice"]


@pytest.mark.parametrize("secure", [{}, {"secure": None}, {"secure": ""}])
async def test_secure_follows_the_port_unless_given(client: Client, secure: dict[str, Any]) -> None:
    auth = {"user": "u", "pass": "p"}
    blocks = {
        "imap": {"host": "imap.example.com", "port": 993, "auth": auth, **secure},
        "smtp": {"host": "smtp.example.com", "port": 587, "auth": auth, **secure},
    }
    assert (await client.post("/v1/account", registration(**blocks))).status == 200
    shown = (await client.get(PATH)).body
    assert (shown["imap"]["secure"], shown["smtp"]["secure"]) == (True, False)
    change = {"imap": {"partial": True, "port": 143}, "smtp": {"partial": True, "port": 465}}
    assert (await client.put(PATH, change)).status == 200
    shown = (await client.get(PATH)).body
    assert (shown["imap"]["secure"], shown["smtp"]["secure"]) == (False, True)
    assert (await client.put(PATH, {"imap": {"partial": True, "secure": True}})).status == 200
    assert (await client.get(PATH)).body["imap"]["secure"] is True
