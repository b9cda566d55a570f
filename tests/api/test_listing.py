"""The list of accounts: pages, order, filters."""

from __future__ import annotations

from postroom.accounts.lifecycle import Health
from tests.api.conftest import IMAP, Client


async def test_the_list_is_paged_sorted_and_counted(either_client: Client) -> None:
    client = either_client
    for name in ("d", "b", "a", "c", "e"):
        await client.register(name, name=name.upper())
    body = (await client.get("/v1/accounts?pageSize=2&page=1")).body
    assert (body["total"], body["page"], body["pages"], body["query"], body["state"]) == (5, 1, 3, False, "*")
    assert [item["account"] for item in body["accounts"]] == ["c", "d"]
    assert (await client.get("/v1/accounts?page=9")).body["accounts"] == []
    assert (await client.get("/v1/accounts?page=9")).body["total"] == 5


async def test_the_list_is_filtered(either_client: Client) -> None:
    client = either_client
    await client.register("one@example.com", name="Ann", metadata={"tenant": "1", "plan": "free"})
    await client.register("two@example.com", name="Bob_Smith", metadata={"tenant": "1"})
    await client.register("three", name="Cäsar", email="c@elsewhere.example", metadata={"tenant": "2"})

    async def found(query: str) -> list[str]:
        body = (await client.get("/v1/accounts?" + query)).body
        assert body["total"] == len(body["accounts"])
        return [item["account"] for item in body["accounts"]]

    assert await found("query=EXAMPLE.com") == ["one@example.com", "two@example.com"]
    assert await found("query=b_s") == ["two@example.com"]
    assert await found("query=%25") == []
    assert await found("query=C%C3%84SAR") == ["three"]
    assert await found("query=elsewhere&state=init") == ["three"]
    assert await found("state=connected") == []
    assert await found("state=") == ["one@example.com", "three", "two@example.com"]
    assert await found("metadata.tenant=1") == ["one@example.com", "two@example.com"]
    assert await found("metadata.tenant=1&metadata.plan=free") == ["one@example.com"]
    assert await found("metadata.tenant=3") == []


async def test_the_list_is_filtered_by_provider_and_health(either_client: Client) -> None:
    client = either_client
    await client.register("here")
    await client.register("stopped", imap={**IMAP, "host": "Mail.Other.example"})
    await client.register(
        "app", imap=False, oauth2={"provider": "gmail", "accessToken": "t", "auth": {"user": "app@example.com"}}
    )
    await client.put("/v1/account/stopped/disconnect", {"disconnect": True})

    async def found(query: str) -> list[str]:
        body = (await client.get("/v1/accounts?" + query)).body
        assert body["total"] == len(body["accounts"])
        return [item["account"] for item in body["accounts"]]

    assert await found("provider=imap.example.com") == ["here"]
    assert await found("provider=MAIL.other.example") == ["stopped"]
    assert await found("provider=gmail") == ["app"]
    assert await found("provider=nowhere") == []
    assert await found("health=healthy") == ["app", "here"]
    assert await found("health=healthy&provider=gmail&state=init&query=a") == ["app"]
    assert await found("health=stopped") == ["stopped"]
    assert await found("health=stopped&provider=gmail") == []
    assert await found("health=failing") == []
    assert await found("health=*&provider=") == await found("health=") == ["app", "here", "stopped"]


async def test_wrong_parameters_of_the_list_are_named(client: Client) -> None:
    for query, key in (
        ("page=-1", "page"),
        ("page=1048577", "page"),
        ("page=x", "page"),
        ("pageSize=0", "pageSize"),
        ("pageSize=1001", "pageSize"),
        ("page_size=5", "page_size"),
        ("state=sleeping", "state"),
        ("query=%00", "query"),
        ("health=ill", "health"),
        ("provider=%00", "provider"),
        ("metadata.a=%00", "metadata.a"),
        ("metadata=x", "metadata"),
        ("limit=5", "limit"),
    ):
        assert set(await client.problems("GET", "/v1/accounts?" + query, None)) == {key}


async def test_an_unknown_health_is_told_the_known_ones(client: Client) -> None:
    message = (await client.problems("GET", "/v1/accounts?health=ill", None))["health"]
    for health in Health:
        assert f"'{health}'" in message


async def test_an_unknown_state_is_told_the_known_ones(client: Client) -> None:
    message = (await client.problems("GET", "/v1/accounts?state=sleeping", None))["state"]
    for state in ("init", "connecting", "connected", "authenticationError", "paused"):
        assert f"'{state}'" in message


async def test_a_broken_delegation_is_named(client: Client) -> None:
    auth = {"delegatedUser": "team@example.com", "delegatedAccount": "nobody"}
    await client.register("a", imap=False, oauth2={"provider": "gmail", "auth": auth})
    (item,) = (await client.get("/v1/accounts")).body["accounts"]
    assert item["type"] == "invalid"
    assert item["delegationError"] == "The account 'nobody', whose credentials are borrowed, is not there"
    await client.register("b")
    (sound,) = (await client.get("/v1/accounts?query=b")).body["accounts"]
    assert (sound["type"], "delegationError" in sound) == ("imap", False)
