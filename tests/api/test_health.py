"""Health and figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from postroom.errors import StorageUnavailable
from tests.api.conftest import Client, serving


async def test_healthy(client: Client) -> None:
    answer = await client.as_(None).get("/health")
    assert (answer.status, answer.body) == (200, {"success": True})


async def test_a_database_that_does_not_answer_is_not_healthy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StorageUnavailable("connection refused by 10.0.0.5")

    monkeypatch.setattr(type(client.api.db), "read", away)
    answer = await client.as_(None).get("/health")
    assert (answer.status, answer.body["success"]) == (503, False)
    assert answer.body["reasons"] == ["the database does not answer"]
    assert "10.0.0.5" not in answer.text
    # A restart would not bring it back, and lose the connections to mail servers.
    answer = await client.as_(None).get("/health/live")
    assert (answer.status, answer.body) == (200, {"success": True})


async def test_a_database_that_answers_but_takes_no_writes_is_not_healthy(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise StorageUnavailable("database or disk is full: /var/lib/secret-place")

    monkeypatch.setattr(type(client.api.db), "write", full)
    answer = await client.as_(None).get("/health")
    assert answer.status == 503
    assert answer.body["reasons"] == ["the database takes no writes: its disk may be full or read-only"]
    monkeypatch.undo()
    assert (await client.as_(None).get("/health")).status == 200


async def test_other_rooms_may_report_that_they_are_not_well(client: Client) -> None:
    sick = replace(client.api, checks={"one": lambda: None, "two": lambda: "no supervisor is running"})
    async with serving(sick) as base, aiohttp.ClientSession() as session:
        answer = await Client(base, session, sick).get("/health")
    assert (answer.status, answer.body["reasons"]) == (503, ["no supervisor is running"])
