"""Every page of the accounts API's specification, called as it is printed there, on accounts that live."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_register_answers_at_once(gateway: Gateway, mail: FakeImapServer) -> None:
    async with FakeSmtpServer() as smtp:
        block = {
            "host": smtp.host,
            "port": smtp.port,
            "secure": False,
            "auth": {"user": "user@example.com", "pass": "pass"},
        }
        answer = await gateway.register("user@example.com", imap(mail, "user@example.com"), smtp=block)
        assert (answer["account"], answer["state"]) == ("user@example.com", "init")
        await gateway.reaches("user@example.com", "connected")
        body = {"account": "user@example.com", "name": "Other", "imap": imap(mail, "other")}
        again = await gateway.call("POST", "/v1/account", body)
        assert (again.status, again.body["code"], again.body["statusCode"]) == (400, "AccountAlreadyExists", 400)
        assert (await gateway.get("user@example.com"))["name"] == "user@example.com"


async def test_list(gateway: Gateway, mail: FakeImapServer) -> None:
    names = [f"page{number}@example.com" for number in range(5)]
    for name in names:
        await gateway.register(name, imap(mail, name))
    await gateway.register("page9@example.com", imap(mail, "page9", "wrong"))
    for name in names:
        await gateway.reaches(name, "connected")
    await gateway.reaches("page9@example.com", "authenticationError")

    first = await gateway.ask("GET", "/v1/accounts?pageSize=4&query=page")
    second = await gateway.ask("GET", "/v1/accounts?pageSize=4&page=1&query=page")
    assert (first["total"], first["page"], first["pages"], second["page"]) == (6, 0, 2, 1)
    listed = first["accounts"] + second["accounts"]
    assert [each["account"] for each in listed] == [*names, "page9@example.com"]
    assert {"account", "name", "email", "state"} <= set(listed[0])
    refused = await gateway.ask("GET", "/v1/accounts?state=authenticationError&query=page")
    assert [each["account"] for each in refused["accounts"]] == ["page9@example.com"]
    assert (await gateway.call("GET", "/v1/accounts?state=asleep")).status == 400


async def test_get_tells_everything(gateway: Gateway, mail: FakeImapServer) -> None:
    await gateway.register("seen@example.com", imap(mail, "seen"), email="real@example.com", name="John Doe")
    details = await gateway.reaches("seen@example.com", "connected")
    assert (details["account"], details["name"], details["email"]) == (
        "seen@example.com",
        "John Doe",
        "real@example.com",
    )
    assert (details["lastError"], details["notifyFrom"]) == (None, details["created"])
    assert details["imap"] == {**imap(mail, "seen"), "auth": {"user": "seen", "pass": "******"}, "disabled": False}
    assert (details["counters"]["sent"], details["counters"]["received"]) == (0, 0)
    mail.append("seen", b"Subject: counted\r\n\r\n")
    await gateway.when("seen@example.com", lambda seen: seen["counters"]["received"] == 1, "counted")


async def test_put_changes_what_it_names(gateway: Gateway, mail: FakeImapServer) -> None:
    async with FakeImapServer() as other:
        await gateway.register("changed@example.com", imap(mail, "changed"))
        await gateway.reaches("changed@example.com", "connected")
        body = {"name": "Updated Name", "imap": {"partial": True, "port": other.port}}
        assert (await gateway.put("changed@example.com", body))["success"] is True
        await eventually(lambda: other.statistics.logins == 1, what="the other server is used")
        details = await gateway.reaches("changed@example.com", "connected")
        assert (details["name"], details["imap"]["port"], details["imap"]["auth"]["user"]) == (
            "Updated Name",
            other.port,
            "changed",
        )
        await eventually(lambda: mail.statistics.open_connections == 0)
        # A name alone is no reason for a new connection.
        await gateway.put("changed@example.com", {"name": "New Display Name"})
        await gateway.when("changed@example.com", lambda seen: seen["name"] == "New Display Name", "renamed")
        assert other.statistics.connections == 1
        await gateway.delete("changed@example.com")


async def test_delete(gateway: Gateway, mail: FakeImapServer) -> None:
    await gateway.register("gone@example.com", imap(mail, "gone"))
    await gateway.reaches("gone@example.com", "connected")
    answer = await gateway.delete("gone@example.com")
    assert (answer["success"], answer["account"]) == (True, "gone@example.com")
    await eventually(lambda: mail.statistics.open_connections == 0)
    assert mail.statistics.count("logout") == 1
    missing = await gateway.call("GET", "/v1/account/gone@example.com")
    assert (missing.status, missing.body["error"], missing.body["statusCode"]) == (
        404,
        "Account record was not found for requested ID",
        404,
    )
    for method, path in (("PUT", ""), ("DELETE", ""), ("PUT", "/reconnect")):
        assert (await gateway.call(method, f"/v1/account/gone@example.com{path}", {})).status == 404


async def test_the_health_monitor_of_the_specification(gateway: Gateway, mail: FakeImapServer) -> None:
    """`checkAccountHealth` as printed: whatever is neither connected nor connecting is unhealthy."""
    await gateway.register("fit", imap(mail, "fit"))
    await gateway.register("ill", imap(mail, "ill", "wrong"))
    await gateway.reaches("fit", "connected")
    await gateway.reaches("ill", "authenticationError")
    accounts = (await gateway.ask("GET", "/v1/accounts"))["accounts"]
    unhealthy = [each["account"] for each in accounts if each["state"] not in ("connected", "connecting")]
    assert unhealthy == ["ill"]


async def test_bulk_registration_in_parallel(gateway: Gateway, mail: FakeImapServer) -> None:
    names = [f"bulk{number}" for number in range(40)]
    answers = await asyncio.gather(*(gateway.register(name, imap(mail, name)) for name in names))
    assert [answer["state"] for answer in answers] == ["init"] * 40
    for name in names:
        await gateway.reaches(name, "connected")
    assert mail.statistics.open_connections == 40


@pytest.mark.parametrize("account", ["a/b", "50%", "ü@日本.example", "a+b@c", "../x", "*", "x" * 256, "a b?c#d&e=f"])
async def test_ids_of_any_characters(gateway: Gateway, mail: FakeImapServer, account: str) -> None:
    assert (await gateway.register(account, imap(mail, "strange")))["account"] == account
    details = await gateway.reaches(account, "connected")
    assert details["account"] == account
    assert (await gateway.delete(account))["account"] == account


async def test_generated_ids(gateway: Gateway, mail: FakeImapServer) -> None:
    body = {"account": None, "name": "N", "imap": imap(mail, "generated")}
    account = (await gateway.ask("POST", "/v1/account", body))["account"]
    gateway.registered.add(account)
    await gateway.reaches(account, "connected")


async def test_verified_registration(gateway: Gateway, mail: FakeImapServer) -> None:
    body = {"account": "verified", "name": "V", "imap": imap(mail, "verified", "wrong")}
    refused = await gateway.call("POST", "/v1/account?verify=true", body)
    assert (refused.status, refused.body["error"], refused.body["code"]) == (
        400,
        "Authentication failed",
        "AuthenticationError",
    )
    assert refused.body["response"] == "Invalid credentials"
    await mail.stop()
    away = await gateway.call("POST", "/v1/account?verify=true", {**body, "imap": imap(mail, "verified")})
    assert (away.status, away.body["code"], away.body["serverResponseCode"]) == (400, "ConnectionError", "ECONNREFUSED")
    assert f"{mail.host}:{mail.port}" in away.body["error"]
    assert (await gateway.call("GET", "/v1/account/verified")).status == 404
    await mail.start()
    await gateway.ask("POST", "/v1/account?verify=true", {**body, "imap": imap(mail, "verified")})
    gateway.registered.add("verified")
    await gateway.reaches("verified", "connected")


async def test_verified_change(gateway: Gateway, mail: FakeImapServer) -> None:
    await gateway.register("careful", imap(mail, "careful"))
    await gateway.reaches("careful", "connected")
    before = (await gateway.get("careful"))["imap"]
    change = {"imap": {"auth": {"pass": "wrong"}}}
    refused = await gateway.call("PUT", "/v1/account/careful?verify=true", change)
    assert (refused.status, refused.body["code"]) == (400, "AuthenticationError")
    after = await gateway.get("careful")
    assert (after["state"], after["imap"]) == ("connected", before)
    assert mail.statistics.logins == 1
    mail.world.passwords["careful"] = "changed"
    await gateway.ask("PUT", "/v1/account/careful?verify=true", {"imap": {"auth": {"pass": "changed"}}})
    await eventually(lambda: mail.statistics.logins == 3, what="verified, then connected anew")
    await gateway.reaches("careful", "connected")
