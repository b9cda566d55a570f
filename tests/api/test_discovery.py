"""Finding servers through the API."""

from __future__ import annotations

from tests.api.conftest import Client


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
