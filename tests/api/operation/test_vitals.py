"""The health of a process, with a real database."""

from __future__ import annotations

from dataclasses import replace

from tests.api.conftest import Client


async def test_a_healthy_gateway_has_no_reasons_and_no_warnings(client: Client) -> None:
    assert await client.api.vitals.reasons() == []
    assert await client.api.vitals.warnings() == []


async def test_the_reasons_of_other_rooms_come_first(client: Client) -> None:
    vitals = replace(client.api.vitals, checks={"well": lambda: None, "ill": lambda: "no supervisor is running"})
    assert await vitals.reasons() == ["no supervisor is running"]


async def test_a_database_that_is_closed_is_one_reason(client: Client) -> None:
    await client.db.close()
    reasons = await client.api.vitals.reasons()
    assert reasons == ["the database does not answer"]
    await client.db.start()
