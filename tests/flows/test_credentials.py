"""What the servers say about credentials, what is told about it, and how an account gets well again."""

from __future__ import annotations

import pytest

from tests.fakes.imap_server import GOOD, FakeImapServer, answer, drop_during, refuse_login
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_password_is_told_once_and_a_right_one_helps_at_once(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    await gateway.register("refused", imap(mail, "refused", "wrong"))
    details = await gateway.reaches("refused", "authenticationError")
    assert mail.statistics.refused_logins == 1, "one try must be enough"
    error = details["lastError"]
    assert error["response"] == "Invalid credentials"
    assert (error["serverResponseCode"], error["phase"]) == ("AUTHENTICATIONFAILED", "login")
    assert error["advice"].endswith(".")
    assert (details["health"], details["connections"]) == ("failing", 0)
    assert details["nextAttempt"] > error["time"]
    await eventually(lambda: "authenticationError" in names_of(receiver, "refused"))

    # The next try comes by the slow plan and is told in the timeline alone.
    await eventually(lambda: mail.statistics.refused_logins == 2)
    first, second = mail.statistics.times("refused")
    assert second - first >= 1.9
    await gateway.when(
        "refused", lambda seen: seen["lastError"] and seen["lastError"]["time"] > error["time"], "refused again"
    )
    assert names_of(receiver, "refused") == ["accountAdded", "authenticationError"]

    # The third try is minutes away, but a change of the password does not wait for it.
    await gateway.put("refused", {"imap": {"auth": {"pass": "pass"}}})
    details = await gateway.reaches("refused", "connected")
    assert details["lastError"] is None
    await eventually(lambda: names_of(receiver, "refused")[-1] == "accountInitialized")
    assert names_of(receiver, "refused")[2:] == ["authenticationSuccess", "accountInitialized"]
    told = next(event for event in events_of(receiver, "refused") if event["event"] == "authenticationError")
    assert told["data"]["response"] == "Invalid credentials"
    assert (await gateway.states("refused")).count("authenticationError") == 2


async def test_rotation_as_the_specification_prints_it(gateway: Gateway, mail: FakeImapServer) -> None:
    smtp = {"host": "127.0.0.1", "port": 1, "auth": {"user": "r", "pass": "pass"}}
    await gateway.register("rotated", imap(mail, "r"), smtp=smtp)
    await gateway.reaches("rotated", "connected")
    mail.world.passwords["r"] = "new password"
    await mail.drop_connections("r")
    await gateway.reaches("rotated", "authenticationError")

    change = {"imap": {"auth": {"pass": "new password"}}, "smtp": {"auth": {"pass": "new password"}}}
    assert (await gateway.put("rotated", change))["success"] is True
    assert (await gateway.tell("rotated", "reconnect"))["success"] is True
    details = await gateway.reaches("rotated", "connected")
    assert (details["imap"]["host"], details["imap"]["auth"]["user"]) == (mail.host, "r")
    assert details["smtp"]["host"] == "127.0.0.1"


@pytest.mark.parametrize("code", ["UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "THROTTLED"])
async def test_a_server_that_is_busy_says_nothing_about_the_password(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer, code: str
) -> None:
    account = f"busy-{code}"
    mail.behave(refuse_login(code, "Not now"))
    await gateway.register(account, imap(mail, "busy"))
    details = await gateway.reaches(account, "connectError")
    error = details["lastError"]
    assert (error["response"], error["serverResponseCode"], error["phase"]) == ("Not now", code, "login")
    assert "authenticationError" not in await gateway.states(account)
    mail.behave(GOOD)
    await gateway.tell(account, "reconnect")
    await gateway.reaches(account, "connected")
    await eventually(lambda: "accountInitialized" in names_of(receiver, account))
    assert "authenticationError" not in names_of(receiver, account)


@pytest.mark.parametrize("abruptly", [False, True])
async def test_a_connection_lost_during_the_login_is_no_refusal(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer, abruptly: bool
) -> None:
    account = f"cut-{abruptly}"
    mail.next_connections(drop_during("LOGIN", abruptly=abruptly), drop_during("LOGIN", abruptly=abruptly))
    await gateway.register(account, imap(mail, "cut"))
    await gateway.reaches(account, "connected")
    failed = [entry for entry in await gateway.timeline(account) if entry["state"] == "connectError"]
    assert [entry["error"]["phase"] for entry in failed] == ["login", "login"]
    await eventually(lambda: "accountInitialized" in names_of(receiver, account))
    assert names_of(receiver, account).count("connectError") == 1
    assert "authenticationError" not in names_of(receiver, account)


@pytest.mark.parametrize("offered", ["LITERAL+", "LITERAL-", "IDLE"])
async def test_a_password_that_only_a_literal_can_carry(gateway: Gateway, offered: str) -> None:
    """Where there is LOGIN alone; whether the server takes literals at once or wants to be waited for."""
    password = 'pässwörd "é"\\ {3} end'
    async with FakeImapServer(capabilities=("IMAP4rev1", "IDLE", offered), password=password) as server:
        account = f"literal {offered}"
        await gateway.register(account, imap(server, "jörg", password))
        await gateway.reaches(account, "connected")
        assert "AUTHENTICATE" not in server.statistics.commands()
        body = {"account": "nul", "name": "n", "imap": imap(server, "jörg", "a\0b")}
        refused = await gateway.call("POST", "/v1/account", body)
        assert refused.status == 400
        assert "NUL" in str(refused.body)
        await gateway.delete(account)


async def test_authenticated_but_not_connected(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    """Exchange accepts the login and then answers every command so: it is no refusal, and no storm either."""
    mail.behave(answer("LIST", tagged="BAD User is authenticated but not connected."))
    await gateway.register("exchange", imap(mail, "exchange"))
    await gateway.when("exchange", lambda seen: seen["lastError"], "failed")
    details = await gateway.get("exchange")
    assert "authenticated but not connected" in details["lastError"]["response"]
    assert details["state"] == "connectError"
    await eventually(lambda: "connectError" in names_of(receiver, "exchange"))
    assert names_of(receiver, "exchange") == ["accountAdded", "authenticationSuccess", "connectError"]
    assert mail.statistics.logins == 1, "such a server is left alone for a while"
