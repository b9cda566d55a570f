"""Finding servers, and what is wrong with them, through the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer


async def test_a_known_provider(client: Client) -> None:
    answer = await client.get("/v1/autoconfig?email=jo%40icloud.com")
    assert answer.status == 200
    assert answer.body["imap"] == {
        "auth": {"user": "jo@icloud.com"},
        "host": "imap.mail.me.com",
        "port": 993,
        "secure": True,
    }
    assert (answer.body["smtp"]["port"], answer.body["smtp"]["secure"]) == (587, False)
    assert answer.body["appPassword"]["provider"] == "iCloud Mail"
    assert answer.body["_source"] == "mx"


async def test_not_found_is_no_error(client: Client) -> None:
    answer = await client.get("/v1/autoconfig?email=jo%40localhost")
    assert (answer.status, answer.body) == (200, {"imap": False, "smtp": False, "_source": "unknown"})


async def test_the_address_is_needed(client: Client) -> None:
    assert (await client.get("/v1/autoconfig")).body["fields"][0]["key"] == "email"
    assert (await client.get("/v1/autoconfig?email=nobody")).status == 400


@pytest.fixture
async def imap() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


def block(server: FakeImapServer, password: str = "pass") -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, "auth": {"user": "u", "pass": password}}


async def test_the_diagnosis_of_a_stored_account(client: Client, imap: FakeImapServer) -> None:
    await client.register("someone", imap=block(imap))
    answer = await client.post("/v1/account/someone/diagnosis")
    assert (answer.status, answer.body["success"]) == (200, True)
    assert answer.body["verdict"]["cause"] == "Everything works."
    steps = {step["step"]: step for step in answer.body["steps"]}
    assert {"dns", "tcp-ipv4", "greeting", "login", "folders", "idle"} <= set(steps)
    assert all(step["time"] >= 0 for step in steps.values())
    assert (await client.post("/v1/account/nobody/diagnosis")).status == 404


async def test_the_diagnosis_of_a_refused_password(client: Client, imap: FakeImapServer) -> None:
    await client.register("someone", imap=block(imap, "sesame"))
    answer = await client.post("/v1/account/someone/diagnosis")
    verdict = answer.body["verdict"]
    assert (answer.status, answer.body["success"]) == (200, False)
    assert (verdict["class"], verdict["protocol"], verdict["step"]) == ("authentication", "imap", "login")
    assert verdict["cure"]
    assert "sesame" not in answer.text


async def test_settings_that_are_not_stored(client: Client, imap: FakeImapServer) -> None:
    answer = await client.post("/v1/diagnosis", {"imap": block(imap), "smtp": False})
    assert (answer.status, answer.body["success"]) == (200, True)
    assert (await client.get("/v1/accounts")).body["total"] == 0
    assert set(await client.problems("POST", "/v1/diagnosis", {})) == {"imap"}
    masked = await client.problems("POST", "/v1/diagnosis", {"imap": block(imap, "******")})
    assert masked
