"""`postroom keys rotate`: all that is encrypted moves to the newest secret, beside a running gateway, if killed too."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import document_of
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import account_settings
from tests.cli.postroom_program import call, run, running
from tests.fakes.databases import opened
from tests.fakes.openid_provider import OpenIdProvider
from tests.flows.gateway import Gateway

ACCOUNTS = 250
PLACES = (
    "accounts", "settings", "webhook endpoints", "OAuth2 applications", "consents", "messages", "settings of messages",
)  # fmt: skip
NEW: dict[str, Any] = {"secret": "new", "previous_secrets": "old"}


async def fill(gateway: Gateway, provider: OpenIdProvider) -> None:
    """Have each room store a secret."""
    await gateway.register("a", {"host": "127.0.0.1", "port": 1, "auth": {"user": "u", "pass": "p"}})
    await gateway.ask("POST", "/v1/oauth2", provider.application(imap={"host": "imap.example.com", "port": 993}))
    settings = {"webhooks": "https://hooks.example.com/x", "serviceSecret": "s" * 32, "serviceUrl": gateway.url}
    await gateway.ask("POST", "/v1/settings", settings)
    await gateway.ask("POST", "/v1/webhooks", {"url": "https://hooks.example.com/y"})
    oauth2 = {"provider": "local", "authorize": True, "redirectUrl": "https://app.example/", "auth": {"user": "u@a.bc"}}
    await gateway.ask("POST", "/v1/account", {"account": "b", "name": "B", "oauth2": oauth2})
    smtp = {"host": "127.0.0.1", "port": 1, "auth": {"user": "u", "pass": "p"}}
    sender = {"account": "c", "name": "C", "email": "c@a.bc", "imap": False, "smtp": smtp}
    await gateway.ask("POST", "/v1/account", sender)
    message = {
        "to": [{"address": "d@a.bc"}],
        "text": "x",
        "sendAt": "2999-01-01T00:00:00Z",
        "proxy": "socks5://u:p@h:1",
    }
    await gateway.ask("POST", "/v1/account/c/submit", message)


async def test_what_every_room_has_sealed_moves_beside_a_running_gateway(tmp_path: Path) -> None:
    async with OpenIdProvider() as provider, Gateway(tmp_path, secret="old", previous_secrets="new") as gateway:
        await fill(gateway, provider)
        before = await asyncio.to_thread(call, tmp_path, "doctor", port="0", **NEW)
        for place in PLACES:
            assert f"of {place}" in before.stdout, place
        assert "postroom keys rotate" in before.stdout
        done = await asyncio.to_thread(run, tmp_path, "keys", "rotate", **NEW)
        assert done.returncode == 0, done.stderr
        assert "2 of accounts" in done.stdout
        assert "1 of messages" in done.stdout
        assert "POSTROOM_PREVIOUS_SECRETS" in done.stdout
        # The gateway reads what was sealed again, and needs no restart for it.
        await gateway.ask("PUT", "/v1/account/a/reconnect")
        assert (await gateway.ask("GET", "/v1/webhooks"))["webhooks"][0]["url"].startswith("https://hooks.example.com")
        after = await asyncio.to_thread(call, tmp_path, "doctor", port="0", **NEW)
        assert "PREVIOUS_SECRETS can go" in after.stdout
        assert after.returncode == 0
    async with Gateway(tmp_path, secret="new") as gateway:
        shown = await gateway.ask("GET", "/v1/settings?webhooks=true")
        assert shown == {"webhooks": "https://hooks.example.com/x"}
        assert (await gateway.get("a"))["account"] == "a"
    refused = await asyncio.to_thread(call, tmp_path, "keys", "rotate", secret="old")
    assert refused.returncode == 1
    assert "POSTROOM_SECRET" in refused.stderr


def test_without_anything_to_do_it_says_so(tmp_path: Path) -> None:
    done = call(tmp_path, "keys", "rotate", secret="only")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Everything is under the newest secret.")


@pytest.mark.postgres
async def test_a_rotation_that_is_killed_half_way_is_taken_up_again(tmp_path: Path, postgres_url: str) -> None:
    given: dict[str, Any] = {"database_url": postgres_url, **NEW}
    new = SecretBox(("new",))
    async with opened(postgres_url) as db:
        accounts = Accounts(db, SecretBox(("old",)))
        for number in range(ACCOUNTS):
            auth = {"user": "u", "pass": f"password {number}"}
            await accounts.register(f"{number:03}", {"name": "x", "imap": {"host": "h", "port": 993, "auth": auth}})

        async def moved() -> int:
            query = sa.select(account_settings.c.secrets)
            stored = await db.read(lambda conn: conn.execute(query).scalars())
            return sum(new.is_current(value) for value in stored)

        # A row in the third hundred is held, so that the rotation stands there when it is killed.
        holder = await asyncpg.connect(postgres_url)
        holding = holder.transaction()
        await holding.start()
        await holder.execute("SELECT 1 FROM account_settings ORDER BY account_key DESC LIMIT 1 FOR UPDATE")
        with running(tmp_path, "keys", "rotate", **given):
            deadline = time.monotonic() + 30
            while await moved() < 200 and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
        assert await moved() == 200
        await holding.rollback()
        await holder.close()
        between = await asyncio.to_thread(call, tmp_path, "doctor", port="0", **given)
        assert "50 of accounts" in between.stdout
        # Half-way, the new secret alone is refused, and nothing is overwritten.
        alone = await asyncio.to_thread(call, tmp_path, "keys", "rotate", database_url=postgres_url, secret="new")
        assert alone.returncode == 1
        assert "No key opens what is stored of the account '200'" in alone.stderr
        assert await moved() == 200
        done = await asyncio.to_thread(call, tmp_path, "keys", "rotate", **given)
        assert "50 of accounts" in done.stdout
        assert await moved() == ACCOUNTS
        fresh = Accounts(db, new)
        assert document_of(await fresh.preview("249", {}))["imap"]["auth"]["pass"] == "password 249"
