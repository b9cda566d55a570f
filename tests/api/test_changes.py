"""The stream of state changes: of every account, to whoever is there."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.changes.state_change import StateChange
from postroom.accounts.journal import record
from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import Lease, Report
from postroom.schemas.showing.accounts import state_change
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.streaming import streams
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue
from tests.api.listening import Message, listening

ERROR = LastError("Invalid credentials", "AUTHENTICATIONFAILED")


async def leased(client: Client, account: str) -> Lease:
    """The lease of a registered account."""

    def work(conn: Connection) -> Lease:
        this = accounts.c.account == account
        conn.execute(sa.update(accounts).where(this).values(owner="node", epoch=1))
        key, revision = conn.execute(sa.select(accounts.c.key, accounts.c.revision).where(this)).one()
        return Lease(key, account, "node", 1, revision)

    return await client.db.write(work)


async def report(client: Client, lease: Lease, trigger: Trigger, **fields: Any) -> None:
    await client.db.write(partial(record, lease=lease, report=Report(trigger, 2_000, trigger.value, **fields)))


def message(account: str, key: str, label: str, payload: Any = None) -> Message:
    return Message(
        "message", {"account": account, "type": "state", "key": key, "payload": payload, "stateLabel": label}
    )


async def test_every_step_is_told_in_order(either_client: Client) -> None:
    client = either_client
    await client.register("before")
    async with listening(client, "/v1/changes") as stream:
        assert stream.comments == ["Postroom 0.0.0"]
        await client.register("a")
        lease = await leased(client, "a")
        await report(client, lease, Trigger.ATTEMPT)
        await report(client, lease, Trigger.REFUSED, error=ERROR, fingerprint="1")
        await report(client, lease, Trigger.ATTEMPT)
        await report(client, lease, Trigger.SIGNED_IN, user="a")
        assert await stream.take(5) == [
            message("a", "init", "Waiting to connect"),
            message("a", "connecting", "Connecting"),
            message("a", "authenticationError", "Authentication failed", {"error": ERROR.as_row()}),
            message("a", "connecting", "Connecting"),
            message("a", "syncing", "Syncing"),
        ]
        await report(client, await leased(client, "before"), Trigger.STOPPED)
        assert await stream.next() == message("before", "disconnected", "Disconnected")


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_label(state: State) -> None:
    assert state_change(StateChange(1, 2, "a", state, None))["stateLabel"]


async def test_nothing_of_before_is_told(client: Client) -> None:
    await client.register("a")
    async with listening(client, "/v1/changes") as stream:
        await client.register("b")
        first = await stream.next()
        assert first is not None
        assert first.data["account"] == "b"


async def test_a_bound_token_is_refused(client: Client) -> None:
    await client.register("a")
    answer = await (await issue(client, account="a")).get("/v1/changes")
    assert (answer.status, answer.body["error"]) == (403, "Unauthorized account")


async def test_silence_is_filled_with_comments(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CHANGES_KEEP_ALIVE", 0.1)
    async with listening(client, "/v1/changes") as stream:
        await stream.comment("keep-alive")


async def test_a_change_of_settings_is_no_change_of_state(either_client: Client) -> None:
    client = either_client
    await client.register("a")
    async with listening(client, "/v1/changes") as stream:
        moved = {"imap": {"partial": True, "host": "elsewhere.example.com"}}
        assert (await client.put("/v1/account/a", moved)).status == 200
        newest = (await client.get("/v1/account/a/timeline")).body["timeline"][0]
        assert newest["changes"][0]["after"] == "elsewhere.example.com"
        await client.register("b")
        assert await stream.next() == message("b", "init", "Waiting to connect")
