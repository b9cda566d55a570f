"""Sealed values that cannot be opened are found wherever they are, and those that can are not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.configuration.keys import SEALED
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.storage.sealing.sealed import PLACES, still_unreadable, unreadable
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import account_settings, metadata, settings
from tests.accounts.bodies import body
from tests.submission.messages import accepting, add_account, message, rows

BOX = SecretBox(("secret",))


async def damage(db: Database, statement: sa.Update) -> None:
    await db.write(lambda conn: conn.execute(statement) and None)


def test_no_column_of_sealed_values_is_left_out() -> None:
    columns = {column for table in metadata.tables.values() for column in table.columns}
    sealed_columns = {column for column in columns if column.name in {"secrets", "sealed"}}
    assert sealed_columns <= {place.sealed for place in PLACES}


async def test_a_whole_database_has_none(db: Database) -> None:
    await Accounts(db, BOX).register("a", body())
    await RuntimeSettings(db, BOX).update({"webhooks": "https://a.example/", "notifyText": False})
    assert await unreadable(db, BOX, SEALED) == ()


async def test_each_damaged_value_is_named_and_no_other(db: Database) -> None:
    accounts = Accounts(db, BOX)
    for name in ("first", "lost", "last"):
        await accounts.register(name, body())
    await RuntimeSettings(db, BOX).update({"webhooks": "https://a.example/", "authServer": "https://b.example/"})
    lost = sa.select(account_settings.c.account_key).order_by(account_settings.c.account_key).offset(1).limit(1)
    key = await db.read(lambda conn: conn.execute(lost).scalar_one())
    await damage(db, sa.update(account_settings).where(account_settings.c.account_key == key).values(secrets="v1.x.y"))
    await damage(db, sa.update(settings).where(settings.c.name == "authServer").values(value="nothing sealed"))
    found = await unreadable(db, BOX, SEALED)
    assert [row.title for row in found] == ["the account 'lost'", "the setting 'authServer'"]


async def test_what_was_repaired_or_removed_is_known_no_more(db: Database) -> None:
    accounts = Accounts(db, BOX)
    for name in ("repaired", "removed", "lost"):
        await accounts.register(name, body())
    await damage(db, sa.update(account_settings).values(secrets="damaged"))
    found = await unreadable(db, BOX, SEALED)
    assert len(found) == 3
    await accounts.remove("removed")
    await accounts.update("repaired", {"imap": body()["imap"]})
    left = await still_unreadable(db, BOX, SEALED, found)
    assert [row.name for row in left] == ["lost"]


async def test_messages_under_an_unknown_key_are_named_without_being_read(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_account(db, box=BOX)
    for secret in ("secret", "lost"):
        await accepting(db, box=SecretBox((secret,))).accept(message(octets=b"x" * 1000, proxy="socks5://x"))
    queue_id = (await rows(db))[1].queue_id
    monkeypatch.setattr(SecretBox, "open_octets", None)
    found = await unreadable(db, BOX, SEALED)
    assert [row.title for row in found] == [f"the message '{queue_id}'", f"the message '{queue_id}:0'"]
    assert max(len(row.sealed) for row in found if isinstance(row.sealed, bytes)) < 100
    assert await still_unreadable(db, BOX, SEALED, found) == found
    await Accounts(db, BOX).remove("anna")
    assert await still_unreadable(db, BOX, SEALED, found) == ()
