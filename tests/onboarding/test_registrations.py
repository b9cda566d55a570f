"""What is refused before a mail server is asked, and what a removal does."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountExists, AccountNotFound, InvalidAccount
from postroom.accounts.settings.secret import Secret
from tests.api.conftest import IMAP, Client, settings
from tests.fakes.imap_server import FakeImapServer

__all__ = ["settings"]


async def test_an_account_that_exists_is_refused_before_its_server_is_tried(client: Client) -> None:
    await client.register("a")
    body = {"name": "John Doe", "imap": IMAP}
    with pytest.raises(AccountExists):
        await client.api.registrations.register("a", body, verify=True, upsert=False)


async def test_settings_that_make_no_sense_are_neither_tried_nor_kept_for_a_consent(client: Client) -> None:
    registrations = client.api.registrations
    nothing = {"name": "John Doe", "oauth2": {"authorize": True}}
    with pytest.raises(InvalidAccount):
        await registrations.begin_consent("a", nothing, until=None)
    with pytest.raises(InvalidAccount):
        await registrations.register("a", nothing, verify=True, upsert=False)


async def test_settings_are_tried_and_not_stored(client: Client) -> None:
    registrations = client.api.registrations
    async with FakeImapServer(password="right") as server:
        auth = {"user": "jo", "pass": "right"}
        block = {"host": server.host, "port": server.port, "secure": False, "tls": {"allowPlaintext": True}}
        found = await registrations.try_new(None, {"name": "Jo", "imap": {**block, "auth": auth}})
        assert [(each.protocol, each.success) for each in found] == [("imap", True)]
        with pytest.raises(AccountNotFound):
            await client.api.accounts.get("a")
        await client.register("a", imap={**block, "auth": {**auth, "pass": "wrong"}})
        assert [each.success for each in await registrations.try_change("a", {})] == [False]
        change = {"imap": {"auth": {"pass": "right"}}}
        assert [each.success for each in await registrations.try_change("a", change)] == [True]
    stored = await client.api.accounts.preview("a", {})
    assert stored.imap is not None
    assert stored.imap.auth is not None
    assert stored.imap.auth.password == Secret("wrong")
    with pytest.raises(InvalidAccount):
        await registrations.try_new("b", {"name": "Jo"})
    with pytest.raises(AccountNotFound):
        await registrations.try_change("nobody", change)


async def test_without_a_grant_there_is_nothing_to_revoke(client: Client) -> None:
    await client.register("a")
    assert await client.api.registrations.remove("a", revoke=True) is False
    with pytest.raises(AccountNotFound):
        await client.api.registrations.remove("a", revoke=True)
