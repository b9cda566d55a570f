"""What the API answers of accounts and applications whose stored secrets cannot be opened."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.storage.tables import account_settings, accounts, oauth2_apps
from tests.api.conftest import Client
from tests.fakes.imap_server import FakeImapServer
from tests.supervisor.conftest import imap_body

DAMAGED = "v1.abcdef01.damaged"
APP = {"id": "app", "name": "A", "provider": "gmail", "clientId": "c", "clientSecret": "s"}
OAUTH2 = {"provider": "app", "refreshToken": "r", "auth": {"user": "anna@gmail.com"}}


async def damage(client: Client, table: sa.Table) -> None:
    await client.db.write(lambda conn: conn.execute(sa.update(table).values(secrets=DAMAGED)) and None)


async def test_a_diagnosis_names_what_is_wrong(client: Client) -> None:
    assert (await client.register("a")).status == 200
    await damage(client, account_settings)
    answer = await client.post("/v1/account/a/diagnosis", {})
    assert answer.status == 200
    verdict = answer.body["verdict"]
    assert (verdict["class"], verdict["step"], verdict["code"]) == ("connection", "credentials", "SecretUnreadable")
    assert "the account 'a'" in verdict["cause"]
    assert "PUT" in verdict["cure"]


async def test_a_diagnosis_of_a_removed_account_is_not_found(client: Client) -> None:
    assert (await client.post("/v1/account/nobody/diagnosis", {})).status == 404


async def test_details_come_without_the_quota(client: Client) -> None:
    async with FakeImapServer() as server:
        assert (await client.register("a", **imap_body(server.port))).status == 200
        await damage(client, account_settings)
        connected = sa.update(accounts).values(state=State.CONNECTED.value)
        await client.db.write(lambda conn: conn.execute(connected) and None)
        answer = await client.get("/v1/account/a?quota=true")
    assert (answer.status, answer.body["account"], answer.body["quota"]) == (200, "a", None)


async def test_an_account_is_removed_though_its_grant_cannot_be_given_back(client: Client) -> None:
    assert (await client.post("/v1/oauth2", {**APP, "redirectUrl": "https://a.example/oauth"})).status == 200
    done: dict[str, Any] = {"success": True, "deleted": True, "revoked": False}
    for account, table in (("a", account_settings), ("b", oauth2_apps)):
        assert (await client.post("/v1/account", {"account": account, "name": "A", "oauth2": OAUTH2})).status == 200
        await damage(client, table)
        answer = await client.delete(f"/v1/account/{account}?revoke=true")
        assert (answer.status, answer.body) == (200, {**done, "account": account})
        assert (await client.get(f"/v1/account/{account}")).status == 404
    assert (await client.delete("/v1/account/a?revoke=true")).status == 404
