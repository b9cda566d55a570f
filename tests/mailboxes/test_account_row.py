"""The row of the account that a caller names, or the error that there is none."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.visiting import MailVisits


async def test_an_account_that_is_not_there_is_an_error(visits: MailVisits) -> None:
    assert (await visits.db.read(lambda conn: account_row(conn, "a"))).account == "a"
    with pytest.raises(AccountNotFound):
        await visits.db.read(lambda conn: account_row(conn, "b"))
