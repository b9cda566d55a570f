"""An account is read for its forms: as it is shown, and with its secrets where they can be opened."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.storage.sealing.secrets import SecretBox
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.editing.stored import stored_account
from tests.accounts.bodies import PASSWORD, body


async def test_an_account_with_its_secrets(desk: Desk) -> None:
    await desk.accounts.register("a", body(email="a@example.com", metadata={"x": "y"}))
    found = await stored_account(desk, "a")
    assert (found.texts["name"], found.texts["email"], found.texts["metadata"]) == (
        "Anna Müller",
        "a@example.com",
        "x=y",
    )
    assert (found.document["imap"]["auth"]["pass"], found.document["metadata"]) == (PASSWORD, {"x": "y"})
    assert not found.lost
    assert PASSWORD not in repr(found)


async def test_lost_secrets_leave_no_placeholder(desk: Desk) -> None:
    await desk.accounts.register("a", body())
    object.__setattr__(desk.accounts, "box", SecretBox(("another key",)))
    found = await stored_account(desk, "a")
    assert found.lost
    assert found.document["imap"]["auth"] == {"user": "user@example.com"}
    # What is shown of the account itself is not touched.
    assert found.view.masked["imap"]["auth"]["pass"] == "******"


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    with pytest.raises(AccountNotFound):
        await stored_account(desk, "nobody")
