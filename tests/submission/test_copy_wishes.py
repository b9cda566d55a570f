"""The copy rule for stored accounts: whose server files what it sends is known by its name."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.submission.copy_wishes import CopyWishes, only_if_asked
from postroom.submission.plan import NO_PLAN, SendingPlan
from tests.submission.messages import BOX

AUTH = {"user": "u", "pass": "p"}
IMAP = {"host": "imap.example.com", "port": 993, "auth": AUTH}
GMAIL = {"provider": "gmail", "auth": {"user": "u@example.com"}, "accessToken": "t"}


def smtp(host: str) -> dict[str, Any]:
    return {"host": host, "port": 465, "auth": AUTH}


@pytest.mark.parametrize(
    ("settings", "plan", "answer"),
    [
        ({"imap": IMAP, "smtp": smtp("smtp.example.com")}, NO_PLAN, True),
        ({"imap": IMAP, "smtp": smtp("smtp.example.com"), "copy": False}, NO_PLAN, False),
        ({"imap": IMAP, "smtp": smtp("smtp.example.com")}, SendingPlan(copy=False), False),
        ({"imap": IMAP, "smtp": smtp("smtp.gmail.com")}, NO_PLAN, False),
        ({"imap": IMAP, "smtp": smtp("smtp.gmail.com")}, SendingPlan(copy=True), True),
        ({"oauth2": GMAIL}, NO_PLAN, False),
        ({"smtp": smtp("smtp.example.com")}, SendingPlan(copy=True), False),
    ],
)
async def test_a_copy_is_stored_unless_the_server_does_it(
    db: Database, settings: dict[str, Any], plan: SendingPlan, answer: bool
) -> None:
    await Accounts(db, BOX).register("anna", {"name": "Anna", **settings})
    assert await CopyWishes(db).copies("anna", plan) is answer


async def test_an_account_that_is_gone_gets_none(db: Database) -> None:
    assert await CopyWishes(db).copies("nobody", SendingPlan(copy=True)) is False


async def test_without_a_provider_only_a_wish_counts() -> None:
    assert await only_if_asked("anna", SendingPlan(copy=True)) is True
    assert await only_if_asked("anna", NO_PLAN) is False
