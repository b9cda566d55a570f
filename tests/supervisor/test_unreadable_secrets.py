"""Accounts whose stored secrets cannot be opened: an error state like any other, until the secrets are sent anew."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts, retry_refused
from postroom.clock import iso, now_ms
from postroom.credentials.refusals import UNREADABLE_PAUSE
from postroom.oauth2.apps import Apps
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import account_settings, oauth2_apps
from postroom.storage.tables import accounts as accounts_table
from postroom.supervisor import supervisor as supervisor_module
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.openid_provider import OpenIdProvider
from tests.supervisor.conftest import BOX, imap_body, supervised
from tests.supervisor.test_supervisor import causes

DAMAGED = "v1.abcdef01.damaged"


async def damage(db: Database, account: str) -> None:
    key = sa.select(accounts_table.c.key).where(accounts_table.c.account == account).scalar_subquery()
    change = sa.update(account_settings).where(account_settings.c.account_key == key).values(secrets=DAMAGED)
    await db.write(lambda conn: conn.execute(change) and None)


async def reaches(accounts: Accounts, account: str, state: str) -> Any:
    async with asyncio.timeout(30):
        while (view := await accounts.get(account)).row.state != state:
            await asyncio.sleep(0.01)
    return view


def tells_what_to_do(view: Any, owner: str) -> None:
    error = view.last_error
    assert (error.code, error.phase) == ("SecretUnreadable", "login")
    assert owner in error.response
    assert owner in error.advice
    assert "PUT" in error.advice
    assert "POSTROOM_PREVIOUS_SECRETS" in error.advice
    assert view.row.next_attempt > now_ms() + UNREADABLE_PAUSE * 900


@pytest.mark.long
@pytest.mark.parametrize("lacks_key", [False, True])
async def test_an_account_says_what_is_wrong_waits_long_and_is_repaired_by_a_put(
    db: Database, accounts: Accounts, lacks_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "POLL", 0.1)
    async with FakeImapServer() as server:
        other = Accounts(db, SecretBox(("another secret",))) if lacks_key else accounts
        await other.register("a1", imap_body(server.port))
        if not lacks_key:
            await damage(db, "a1")
        async with supervised(db) as supervisor:
            tells_what_to_do(await reaches(accounts, "a1", "connectError"), "the account 'a1'")
            # Many looks at everything later it still waits, in the one runner it has.
            await accounts.register("a2", imap_body(server.port, "u2"))
            await reaches(accounts, "a2", "connected")
            await asyncio.sleep(1.0)
            assert supervisor.running == 2
            view = await accounts.get("a1")
            assert view.counters == {"accountAdded": 1, "connectError": 1}
            assert [each.split(":")[0] for each in await causes(accounts, "a1")] == [
                "registered",
                "connecting",
                "login",
            ]
            await accounts.update("a1", {"imap": {"auth": {"pass": "pass"}}})
            assert (await reaches(accounts, "a1", "connected")).last_error is None


async def test_one_that_has_nothing_to_connect_to_needs_no_secret(db: Database, accounts: Accounts) -> None:
    async with FakeImapServer() as server:
        await accounts.register("held", imap_body(server.port))
        await accounts.disconnect("held")
        body = imap_body(server.port)
        await accounts.register("unset", {**body, "imap": {**body["imap"], "disabled": True}})
        for account in ("held", "unset"):
            await damage(db, account)
        async with supervised(db):
            await reaches(accounts, "held", "disconnected")
            await reaches(accounts, "unset", "unset")


async def test_a_borrower_names_the_lender_and_a_user_the_application(db: Database, accounts: Accounts) -> None:
    async with OpenIdProvider() as provider, FakeImapServer(password="jo's") as mail:
        server = {"host": mail.host, "port": mail.port, "secure": False}
        apps = Apps(db, BOX)
        await apps.create(provider.application(imap=server))
        in_an_hour = iso(now_ms() + 3_600_000)
        owner = {"provider": "local", "auth": {"user": "jo@example.test"}, "accessToken": "jo's", "expires": in_an_hour}
        await accounts.register("jo", {"name": "Jo", "imap": server, "oauth2": owner})
        between = {"delegatedUser": "team@example.test", "delegatedAccount": "jo"}
        await accounts.register("team", {"name": "T", "imap": server, "oauth2": {"provider": "local", "auth": between}})
        await damage(db, "jo")
        async with supervised(db):
            tells_what_to_do(await reaches(accounts, "team", "connectError"), "the account 'jo'")
            await accounts.update("jo", {"oauth2": owner})
            await reaches(accounts, "jo", "connected")
            await accounts.reconnect("team")
            await reaches(accounts, "team", "connected")
            broken = sa.update(oauth2_apps).values(secrets=DAMAGED)
            await db.write(lambda conn: conn.execute(broken) and None)
            await accounts.reconnect("jo")
            tells_what_to_do(await reaches(accounts, "jo", "connectError"), "the OAuth2 application 'local'")
            await apps.update("local", {"clientSecret": provider.application()["clientSecret"]}, then=retry_refused)
            await reaches(accounts, "jo", "connected")
