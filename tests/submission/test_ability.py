"""Which accounts have a server to send through, as far as their settings tell."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.oauth2.apps import Apps
from postroom.oauth2.shapes import AppBody
from postroom.storage.database import Database
from postroom.submission.ability import SmtpUnavailable, demand_server
from tests.submission.messages import BOX

SERVER = {"host": "localhost", "port": 25, "auth": {"user": "u", "pass": "p"}}
IMAP = {**SERVER, "port": 143}
TOKENS = {"auth": {"user": "u@example.com"}, "accessToken": "t"}


async def can_send(db: Database, settings: dict[str, Any]) -> bool:
    await Accounts(db, BOX).register("anna", {"name": "Anna", **settings})
    try:
        await db.read(partial(demand_server, account="anna"))
    except SmtpUnavailable:
        return False
    return True


@pytest.mark.parametrize(
    ("settings", "answer"),
    [
        ({"smtp": SERVER}, True),
        ({"imap": IMAP, "smtp": SERVER}, True),
        ({"imap": IMAP}, False),
        ({"imap": IMAP, "smtp": {**SERVER, "disabled": True}}, False),
        ({"oauth2": {"provider": "gmail", **TOKENS}}, True),
        ({"oauth2": {"provider": "gmail", **TOKENS, "enabled": False}, "imap": IMAP}, False),
        ({"oauth2": {"provider": "elsewhere", **TOKENS}, "imap": IMAP}, False),
        ({"oauth2": {"provider": "elsewhere", **TOKENS}, "imap": IMAP, "smtp": SERVER}, True),
        ({"oauth2": {"provider": "elsewhere", "useAuthServer": True, "auth": {"user": "u"}}, "imap": IMAP}, True),
    ],
)
async def test_a_server_is_the_accounts_own_or_the_providers(
    db: Database, settings: dict[str, Any], answer: bool
) -> None:
    assert await can_send(db, settings) is answer


@pytest.mark.parametrize("smtp", [None, {"host": "smtp.example.com", "port": 587}])
async def test_an_application_may_name_the_server(db: Database, smtp: dict[str, Any] | None) -> None:
    app = {"id": "own", "name": "Own", "provider": "oidc", "clientId": "c", "clientSecret": "s"}
    servers = {"imap": {"host": "imap.example.com", "port": 993}, **({"smtp": smtp} if smtp else {})}
    body = {**app, "discoveryUrl": "https://id.example.com", **servers}
    await Apps(db, BOX).create(cast("AppBody", body))
    assert await can_send(db, {"oauth2": {"provider": "own", **TOKENS}}) is (smtp is not None)


async def test_an_account_that_is_not_there_is_not_found(db: Database) -> None:
    with pytest.raises(AccountNotFound):
        await db.read(partial(demand_server, account="nobody"))
