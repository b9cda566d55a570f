"""The buttons of an account do what the commands of the API do, and say so."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound
from postroom.web.dashboard.accounts import command_screen
from postroom.web.dashboard.desk import Desk
from tests.accounts.bodies import body
from tests.accounts.rows import column, put_state
from tests.web.dashboard.visits import gone_to, visit


@pytest.fixture
async def one(desk: Desk) -> Desk:
    """One account, whose id needs care in paths."""
    await desk.accounts.register("a/b", body())
    return desk


async def test_reconnect_and_disconnect(one: Desk) -> None:
    assert gone_to(await command_screen.disconnect(one, visit(form={}, account="a/b"))) == "/dashboard/accounts/a%2Fb"
    assert await column(one.accounts.db, "a/b", "wanted") == "stopped"
    assert gone_to(await command_screen.reconnect(one, visit(form={}, account="a/b"))) == "/dashboard/accounts/a%2Fb"
    assert await column(one.accounts.db, "a/b", "wanted") == "run"
    assert await column(one.accounts.db, "a/b", "revision") == 3


async def test_a_sync_needs_a_connection(one: Desk) -> None:
    refused = await command_screen.sync(one, visit(form={}, account="a/b"))
    assert "wait:The account is not connected now" in unquote(refused.headers["set-cookie"])
    await put_state(one.accounts.db, "a/b", State.CONNECTED)
    accepted = await command_screen.sync(one, visit(form={}, account="a/b"))
    assert "ok:Every folder" in unquote(accepted.headers["set-cookie"])
    assert await column(one.accounts.db, "a/b", "sync_revision") == 1


async def test_delete_removes_the_account_and_leads_to_the_list(one: Desk) -> None:
    assert gone_to(await command_screen.delete(one, visit(form={}, account="a/b"))) == "/dashboard/accounts"
    with pytest.raises(AccountNotFound):
        await one.accounts.get("a/b")


async def test_an_unknown_account_is_not_found(one: Desk) -> None:
    for page in command_screen.PAGES:
        with pytest.raises(AccountNotFound):
            await page.screen(one, visit(form={}, account="nobody"))
