"""Health, figures and statistics."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any, cast

import aiohttp
import pytest
from structlog.testing import capture_logs

from postroom.access.service import NewToken
from postroom.clock import now_ms
from postroom.connections.transcripts.tap import SpokenLine
from postroom.errors import StorageDamaged, StorageUnavailable
from postroom.statistics import store
from postroom.statistics.window import MINUTE, beginning
from postroom.storage.sealing.soundness import Soundness
from postroom.words.strangers import Words
from tests.api.conftest import SMTP, Client, serving


async def test_healthy(client: Client) -> None:
    answer = await client.as_(None).get("/health")
    assert (answer.status, answer.body) == (200, {"success": True})


async def test_a_database_that_does_not_answer_is_not_healthy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise StorageUnavailable("connection refused by 10.0.0.5")

    monkeypatch.setattr(type(client.db), "read", away)
    answer = await client.as_(None).get("/health")
    assert (answer.status, answer.body["success"]) == (503, False)
    assert answer.body["reasons"] == ["the database does not answer"]
    assert "10.0.0.5" not in answer.text
    # A restart would not bring it back, and lose the connections to mail servers.
    answer = await client.as_(None).get("/health/live")
    assert (answer.status, answer.body) == (200, {"success": True})


async def test_a_damaged_database_is_told_from_one_that_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def damaged(*_: Any) -> None:
        raise StorageDamaged("database disk image is malformed: /var/lib/secret-place", cure="Put a backup there.")

    monkeypatch.setattr(type(client.db), "read", damaged)
    answer = await client.as_(None).get("/health")
    assert answer.status == 503
    assert answer.body["reasons"] == ["the file of the database is damaged: the log says what to do"]
    assert "secret-place" not in answer.text
    with capture_logs() as told:
        assert (await client.get("/v1/accounts")).status == 503
    assert [line["advice"] for line in told if line["event"] == "database unavailable"] == ["Put a backup there."]


async def test_secrets_that_cannot_be_opened_are_a_warning_without_names(client: Client) -> None:
    class Watch:
        async def counts(self) -> dict[str, int]:
            return {"accounts": 2}

    warned = replace(client.api, vitals=replace(client.api.vitals, soundness=cast("Soundness", Watch())))
    async with serving(warned) as base, aiohttp.ClientSession() as session:
        answer = await Client(base, session, warned).get("/health")
    expected = ["accounts: the stored secrets of 2 cannot be opened; postroom doctor names them"]
    assert (answer.status, answer.body) == (200, {"success": True, "warnings": expected})


async def test_a_database_that_answers_but_takes_no_writes_is_not_healthy(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise StorageUnavailable("database or disk is full: /var/lib/secret-place")

    monkeypatch.setattr(type(client.db), "write", full)
    answer = await client.as_(None).get("/health")
    assert answer.status == 503
    assert answer.body["reasons"] == ["the database takes no writes: its disk may be full or read-only"]
    monkeypatch.undo()
    assert (await client.as_(None).get("/health")).status == 200


async def test_other_rooms_may_report_that_they_are_not_well(client: Client) -> None:
    checks = {"one": lambda: None, "two": lambda: "no supervisor is running"}
    sick = replace(client.api, vitals=replace(client.api.vitals, checks=checks))
    async with serving(sick) as base, aiohttp.ClientSession() as session:
        answer = await Client(base, session, sick).get("/health")
    assert (answer.status, answer.body["reasons"]) == (503, ["no supervisor is running"])


async def test_the_answer_adds_up_all_minutes_of_the_window(client: Client) -> None:
    await client.register()
    this = beginning(now_ms())
    counts = {(this, "events:messageNew"): 2, (this - 30 * MINUTE, "events:messageNew"): 3}
    await client.db.write(partial(store.add, counts=counts))
    stats = (await client.get("/v1/stats")).body
    assert (stats["accounts"], stats["database"], stats["seconds"]) == (1, "sqlite", 3600)
    assert (stats["connections"]["init"], stats["connections"]["connected"]) == (1, 0)
    assert stats["counters"] == {"events:messageNew": 5}
    assert stats["queues"]["notify"] == {"waiting": 0, "oldestAge": 0}
    assert set(stats["queues"]["submit"].values()) == {0}
    assert (await client.get("/v1/stats?seconds=120")).body["counters"] == {"events:messageNew": 2}


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "much"])
async def test_a_window_that_is_not_kept_is_refused(client: Client, seconds: str) -> None:
    answer = await client.get(f"/v1/stats?seconds={seconds}")
    assert (answer.status, answer.body["fields"][0]["key"]) == (400, "seconds")


async def test_a_token_may_be_narrowed_to_it(client: Client) -> None:
    for groups, status in ((["diagnostics"], 200), (["account"], 403)):
        permissions = {"actions": ["read"], "groups": groups}
        issued = await client.api.tokens.issue(NewToken("narrow", scopes=("api",), permissions=permissions))
        answer = await client.as_(issued.secret).get("/v1/stats")
        assert answer.status == status


async def test_the_protocol_log_of_an_account_is_text_and_nobody_has_none(client: Client) -> None:
    empty = await client.get("/v1/logs/no%2Fbody")
    assert (empty.status, empty.text) == (200, "No logs found for no/body\n")
    await client.post("/v1/account", {"account": "a1", "name": "a1", "imap": False, "smtp": SMTP, "logs": True})
    assert (await client.get("/v1/account/a1")).body["logs"] is True
    for text in ("one", "two"):
        client.api.protocol_logs.recorder.keep(SpokenLine("a1", 1000, "imap", "imap-1", "received", Words(text)))
    answer = await client.get("/v1/logs/a1")
    assert [json.loads(line)["text"] for line in answer.text.splitlines()] == ["one", "two"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="logs.a1.txt"'
    assert answer.headers["x-content-type-options"] == "nosniff"
