"""Every example and pattern of the Accounts API specification, as it is printed there."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import quote

from postroom.accounts.settings.writing import document_of
from tests.api.conftest import Client

REGISTRATION = {
    "account": "user@example.com",
    "name": "John Doe",
    "imap": {
        "host": "imap.example.com",
        "port": 993,
        "secure": True,
        "auth": {"user": "user@example.com", "pass": "password"},
    },
}
WITH_SMTP = {
    **REGISTRATION,
    "smtp": {
        "host": "smtp.example.com",
        "port": 465,
        "secure": True,
        "auth": {"user": "user@example.com", "pass": "password"},
    },
}


async def test_register_account(client: Client) -> None:
    answer = await client.post("/v1/account", REGISTRATION)
    assert answer.status == 200
    assert answer.body["account"] == "user@example.com"
    assert answer.body["state"] == "init"


async def test_register_account_with_smtp(client: Client) -> None:
    answer = await client.post("/v1/account", WITH_SMTP)
    assert (answer.status, answer.body["account"]) == (200, "user@example.com")


async def test_list_accounts(client: Client) -> None:
    for account, name in (("user1@example.com", "John Doe"), ("user2@example.com", "Jane Smith")):
        await client.post("/v1/account", {**REGISTRATION, "account": account, "name": name})
    answer = await client.get("/v1/accounts?pageSize=50")
    assert answer.status == 200
    assert {name: answer.body[name] for name in ("total", "page", "pages")} == {"total": 2, "page": 0, "pages": 1}
    assert [{key: item[key] for key in ("account", "name", "email", "state")} for item in answer.body["accounts"]] == [
        {"account": "user1@example.com", "name": "John Doe", "email": "user1@example.com", "state": "init"},
        {"account": "user2@example.com", "name": "Jane Smith", "email": "user2@example.com", "state": "init"},
    ]


async def test_get_account_details(client: Client) -> None:
    await client.post("/v1/account", WITH_SMTP)
    answer = await client.get("/v1/account/user@example.com")
    body = answer.body
    assert answer.status == 200
    assert (body["account"], body["name"], body["email"], body["state"]) == (
        "user@example.com",
        "John Doe",
        "user@example.com",
        "init",
    )
    assert body["syncTime"] is None
    assert body["lastError"] is None
    assert (body["counters"]["sent"], body["counters"]["received"]) == (0, 0)
    assert {key: body["imap"][key] for key in ("host", "port", "secure", "disabled")} == {
        "host": "imap.example.com",
        "port": 993,
        "secure": True,
        "disabled": False,
    }
    assert {key: body["smtp"][key] for key in ("host", "port", "secure", "disabled")} == {
        "host": "smtp.example.com",
        "port": 465,
        "secure": True,
        "disabled": False,
    }
    assert body["notifyFrom"].endswith("Z")


async def test_the_account_object_of_an_oauth2_account(client: Client) -> None:
    app = {"name": "Gmail", "provider": "gmail", "clientId": "id", "clientSecret": "secret"}
    assert (await client.post("/v1/oauth2", app)).body == {"id": "gmail", "created": True}
    oauth2 = {"provider": "gmail", "auth": {"user": "user@example.com"}}
    await client.post("/v1/account", {"account": "user@example.com", "name": "John Doe", "oauth2": oauth2})
    answer = await client.get("/v1/account/user@example.com")
    assert answer.body["oauth2"] == {"enabled": True, "provider": "gmail", "auth": {"user": "user@example.com"}}


async def test_an_account_object_can_be_sent_as_it_is_shown(client: Client) -> None:
    await client.post("/v1/account", WITH_SMTP)
    change = {
        "imap": {"partial": True, "host": "imap.gmail.com", "port": 993, "secure": True, "disabled": False},
        "smtp": {"partial": True, "host": "smtp.gmail.com", "port": 465, "secure": True, "disabled": False},
    }
    assert (await client.put("/v1/account/user@example.com", change)).status == 200


async def test_update_account_in_part(client: Client) -> None:
    await client.post("/v1/account", WITH_SMTP)
    change = {
        "name": "New Display Name",
        "imap": {"partial": True, "port": 993},
        "smtp": {"partial": True, "port": 465},
    }
    answer = await client.put("/v1/account/user@example.com", change)
    assert (answer.status, answer.body["success"]) == (200, True)
    body = (await client.get("/v1/account/user@example.com")).body
    assert body["name"] == "New Display Name"
    assert body["imap"]["host"] == "imap.example.com"
    assert body["imap"]["auth"]["user"] == "user@example.com"


async def test_update_with_the_curl_example(client: Client) -> None:
    await client.post("/v1/account", WITH_SMTP)
    change = {"name": "Updated Name", "imap": {"partial": True, "port": 993}}
    answer = await client.put("/v1/account/user@example.com", change)
    assert answer.body["success"] is True
    assert (await client.get("/v1/account/user@example.com")).body["smtp"]["host"] == "smtp.example.com"


async def test_delete_account(client: Client) -> None:
    await client.post("/v1/account", REGISTRATION)
    answer = await client.delete("/v1/account/user@example.com")
    assert answer.status == 200
    assert (answer.body["success"], answer.body["account"]) == (True, "user@example.com")
    assert (await client.get("/v1/account/user@example.com")).status == 404


async def test_reconnect_account_without_a_body(client: Client) -> None:
    await client.post("/v1/account", REGISTRATION)
    answer = await client.put("/v1/account/user@example.com/reconnect")
    assert (answer.status, answer.body["success"]) == (200, True)


async def test_bulk_registration(client: Client) -> None:
    accounts = [{**REGISTRATION, "account": f"user{n}@example.com", "name": f"User {n}"} for n in range(1, 41)]
    answers = await asyncio.gather(*(client.post("/v1/account", account) for account in accounts))
    assert [answer.status for answer in answers] == [200] * 40
    assert (await client.get("/v1/accounts?pageSize=1000")).body["total"] == 40


async def test_health_monitoring(client: Client) -> None:
    await client.post("/v1/account", REGISTRATION)
    accounts = (await client.get("/v1/accounts")).body["accounts"]
    unhealthy = [each for each in accounts if each["state"] not in ("connected", "connecting")]
    assert [each["account"] for each in unhealthy] == ["user@example.com"]


async def test_credential_rotation(client: Client) -> None:
    await client.post("/v1/account", WITH_SMTP)
    path = "/v1/account/" + quote("user@example.com", safe="")
    change = {"imap": {"auth": {"pass": "new password"}}, "smtp": {"auth": {"pass": "new password"}}}
    assert (await client.put(path, change)).status == 200
    assert (await client.put(path + "/reconnect")).body["success"] is True
    full = document_of(await client.api.accounts.preview("user@example.com", {}))
    for block in ("imap", "smtp"):
        assert full[block]["auth"] == {"user": "user@example.com", "pass": "new password"}
        assert full[block]["host"] == f"{block}.example.com"
        assert full[block]["secure"] is True


async def test_synchronization_status(client: Client) -> None:
    await client.post("/v1/account", REGISTRATION)
    details = (await client.get("/v1/account/user%40example.com")).body
    assert details["syncTime"] is None or time.time() * 1000 - details["syncTime"] >= 0
    assert (details["state"] == "connected" and details["lastError"] is None) is False


async def test_error_for_a_second_account_of_the_same_oauth2_user(client: Client) -> None:
    oauth2 = {"provider": "gmail", "auth": {"user": "user@example.com"}, "accessToken": "ya29"}
    await client.post("/v1/account", {"account": "first", "name": "A", "oauth2": oauth2})
    answer = await client.post("/v1/account", {"account": "second", "name": "B", "oauth2": oauth2})
    assert answer.status == 400
    assert {key: answer.body[key] for key in ("error", "code", "statusCode")} == {
        "error": "Another account for the same OAuth2 user already exists",
        "code": "AccountAlreadyExists",
        "statusCode": 400,
    }
    assert answer.body["existingAccount"] == "first"
    assert (await client.get("/v1/account/second")).status == 404


async def test_error_for_an_unknown_account(client: Client) -> None:
    answer = await client.get("/v1/account/nobody@example.com")
    assert answer.status == 404
    assert answer.body["error"] == "Account record was not found for requested ID"
    assert answer.body["statusCode"] == 404
