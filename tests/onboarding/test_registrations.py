"""What is refused before a mail server is asked, and what a removal does."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountExists, AccountNotFound, InvalidAccount
from tests.api.conftest import IMAP, Client, settings

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


async def test_without_a_grant_there_is_nothing_to_revoke(client: Client) -> None:
    await client.register("a")
    assert await client.api.registrations.remove("a", revoke=True) is False
    with pytest.raises(AccountNotFound):
        await client.api.registrations.remove("a", revoke=True)
