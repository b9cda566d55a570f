"""Accounts whose stored secrets cannot be opened: what a change of them must bring."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.model import InvalidAccount
from postroom.accounts.rights.repair import Merging
from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.store import find, load_settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable, WrongKey
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings
from tests.accounts.bodies import PASSWORD, body, imap, oauth2_body
from tests.accounts.rows import document

LOST = SecretUnreadable("the account 'a'", WrongKey("Its key is missing."))
MASKED = {"imap": {"auth": {"user": "u", "pass": "******"}}, "proxy": "http://******:******@proxy/"}


def merging(full: dict[str, Any], lost: SecretUnreadable | None = LOST) -> Merging:
    return Merging(settings_of(MASKED), settings_of(full), [], "sealed", lost)


def test_what_can_be_opened_needs_no_repair() -> None:
    assert merging(MASKED, None).unsent({"proxy": "http://u:p@proxy/"}) == []
    assert not merging(MASKED, None).stays_sealed


def test_a_change_that_touches_no_secret_leaves_them_sealed() -> None:
    change = {"path": ["INBOX"]}
    assert merging(MASKED | change).unsent(change) == []
    assert merging(MASKED | change).stays_sealed


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"imap": {"auth": {"user": "u", "pass": "new"}}}, ["proxy"]),
        ({"proxy": "http://u:p@proxy/"}, ["imap.auth.pass"]),
        ({"proxy": None}, ["imap.auth.pass"]),
        ({"imap": {"auth": {"user": "u", "pass": "new"}}, "proxy": "http://u:p@proxy/"}, []),
        ({"imap": {"auth": {"user": "u", "pass": "new"}}, "proxy": None}, []),
    ],
)
def test_a_change_of_one_secret_names_every_other_that_is_lost(change: dict[str, Any], left: list[str]) -> None:
    full = {name: value for name, value in (MASKED | change).items() if value is not None}
    found = merging(full).unsent(change)
    assert [problem.key for problem in found] == left
    assert all("the account 'a'" in problem.message for problem in found)
    assert merging(full).stays_sealed == bool(left)


async def damage(db: Database, sealed: str = "v1.abcdef01.damaged") -> None:
    await db.write(lambda conn: conn.execute(sa.update(account_settings).values(secrets=sealed)) and None)


async def stored(db: Database, account: str = "a") -> str | None:
    def work(conn: Connection) -> str | None:
        row = find(conn, account)
        assert row is not None
        return load_settings(conn, row.key)[1]

    return await db.read(work)


async def test_new_secrets_repair_an_account_and_make_it_connect_anew(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    await damage(db)
    with pytest.raises(SecretUnreadable, match=r"the account 'a'.*damaged"):
        await accounts.preview("a", {})
    await accounts.update("a", {"imap": {"auth": {"pass": PASSWORD}}})
    assert (await document(accounts, "a"))["imap"] == imap()
    assert (await accounts.get("a")).row.revision == 2


async def test_a_new_block_repairs_an_account_too(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    await damage(db)
    await accounts.register("a", body(imap=imap(**{"pass": "other"})), upsert=True)
    assert (await document(accounts, "a"))["imap"]["auth"]["pass"] == "other"


async def test_a_change_beside_the_secrets_goes_through_and_what_was_lost_comes_back_with_its_key(
    accounts: Accounts, db: Database
) -> None:
    await accounts.register("a", body())
    before = await stored(db)
    other = Accounts(db, SecretBox(("another secret",)))
    await other.update("a", {"name": "New", "path": ["INBOX"]})
    assert (await accounts.get("a")).row.name == "New"
    assert await stored(db) == before
    assert (await document(accounts, "a"))["imap"]["auth"]["pass"] == PASSWORD


async def test_half_a_repair_is_refused_and_changes_nothing(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", oauth2_body(oauth2={"provider": "gmail", "auth": {"user": "u"}, "accessToken": "A"}))
    await accounts.update("a", {"webhooksCustomHeaders": [{"key": "X", "value": "secret"}]})
    await damage(db)
    with pytest.raises(InvalidAccount) as refused:
        await accounts.update("a", {"oauth2": {"partial": True, "accessToken": "B"}})
    assert [problem.key for problem in refused.value.problems] == ["webhooksCustomHeaders.0.value"]
    assert await stored(db) == "v1.abcdef01.damaged"
    with pytest.raises(InvalidAccount):
        await accounts.preview("a", {"oauth2": {"partial": True, "accessToken": "B"}})
    await accounts.update("a", {"oauth2": {"partial": True, "accessToken": "B"}, "webhooksCustomHeaders": None})
    assert (await document(accounts, "a"))["oauth2"]["accessToken"] == "B"
