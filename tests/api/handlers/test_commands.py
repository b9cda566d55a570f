"""What an account can be told to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Client

PATH = "/v1/account/user@example.com"


async def revision(client: Client) -> int:
    return (await client.api.accounts.get("user@example.com")).row.revision


@pytest.mark.parametrize("body", [None, {}, [], {"reconnect": True}, {"reconnect": "true"}])
async def test_reconnect(client: Client, body: Any) -> None:
    await client.register()
    before = await revision(client)
    answer = await client.put(PATH + "/reconnect", body)
    assert answer.body == {"success": True, "reconnect": True, "account": "user@example.com"}
    assert await revision(client) == before + 1


@pytest.mark.parametrize(("command", "done"), [("disconnect", True), ("flush", False)])
async def test_an_empty_list_is_an_empty_body(client: Client, command: str, done: bool) -> None:
    await client.register()
    answer = await client.put(f"{PATH}/{command}", [])
    assert answer.body == {"success": True, command: done, "account": "user@example.com"}
    assert (await client.put(f"{PATH}/{command}", [{}])).status == 400


async def test_an_empty_list_asks_for_a_sync(client: Client) -> None:
    await client.register()
    assert (await client.put(f"{PATH}/sync", [])).body["code"] == (await client.put(f"{PATH}/sync", {})).body["code"]
    assert (await client.put(f"{PATH}/sync", [])).status == 503


async def test_reconnect_false_does_nothing(client: Client) -> None:
    await client.register()
    answer = await client.put(PATH + "/reconnect", {"reconnect": False})
    assert answer.body == {"success": True, "reconnect": False, "account": "user@example.com"}
    assert await revision(client) == 1


async def test_an_empty_body_may_say_what_it_is(client: Client) -> None:
    await client.register()
    for headers in ({"content-type": "application/json"}, {"content-type": "text/plain"}, {}):
        assert (await client.put(PATH + "/reconnect", data=b"", headers=headers)).status == 200


async def test_disconnect_holds_the_account_until_reconnect(client: Client) -> None:
    await client.register()
    answer = await client.put(PATH + "/disconnect")
    assert answer.body == {"success": True, "disconnect": True, "account": "user@example.com"}
    assert (await client.get(PATH)).body["health"] == "stopped"
    await client.put(PATH + "/reconnect")
    assert (await client.get(PATH)).body["health"] == "healthy"


async def test_sync_needs_a_connection(client: Client) -> None:
    await client.register()
    answer = await client.put(PATH + "/sync")
    assert (answer.status, answer.body["code"], answer.body["state"]) == (503, "NotYetConnected", "init")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await client.put(PATH + "/sync", {"sync": False})).body["sync"] is False


async def test_flush_must_be_asked_for_in_so_many_words(client: Client) -> None:
    await client.register(notifyFrom="2020-01-01")
    assert (await client.put(PATH + "/flush")).body == {"success": True, "flush": False, "account": "user@example.com"}
    assert await revision(client) == 1
    answer = await client.put(PATH + "/flush", {"flush": True, "notifyFrom": "2024-05-06", "imapIndexer": "fast"})
    assert answer.body == {"success": True, "flush": True, "account": "user@example.com"}
    body = (await client.get(PATH)).body
    assert (body["notifyFrom"], body["imapIndexer"]) == ("2024-05-06T00:00:00.000Z", "fast")


@pytest.mark.parametrize("command", ["reconnect", "disconnect", "sync", "flush"])
async def test_commands_to_nobody_and_with_nonsense(client: Client, command: str) -> None:
    for body in (None, {command: True}, {command: False}):
        assert (await client.put(f"/v1/account/nobody/{command}", body)).status == 404
    assert set(await client.problems("PUT", f"{PATH}/{command}", {"now": True})) == {"now"}
