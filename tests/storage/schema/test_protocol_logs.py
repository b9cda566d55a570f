"""The tables of protocol logs: the wishes of accounts that are older than the log are noted by the migration."""

from __future__ import annotations

import importlib.util
from functools import partial

from alembic.migration import MigrationContext
from alembic.operations import Operations

from postroom.accounts import logged_store
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.migrate import FOLDER
from postroom.storage.schema.protocol_logs import logged_accounts, protocol_log_pieces
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import metadata

_SMTP = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": {"user": "u", "pass": "p"}}


def test_they_are_part_of_the_schema_and_go_with_their_account() -> None:
    for table in (logged_accounts, protocol_log_pieces):
        assert metadata.tables[table.name] is table
        (key,) = table.c.account_key.foreign_keys
        assert (key.target_fullname, key.ondelete) == ("accounts.key", "CASCADE")


def note_wishes(conn: Connection) -> None:
    """Do what the migration does with accounts that are there."""
    spec = importlib.util.spec_from_file_location("m", FOLDER / "versions" / "0014_protocol_logs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with Operations.context(MigrationContext.configure(conn.library)):
        module._note_wishes()


async def test_wishes_from_before_are_noted(db: Database) -> None:
    accounts = Accounts(db, SecretBox(("test secret",)))
    for account, wish in (("a1", {"logs": True}), ("a2", {"logs": False}), ("a3", {}), ("a4", {"logs": True})):
        await accounts.register(account, {"name": 'logs": true', "smtp": _SMTP, **wish})
    for key in (1, 4):
        await db.write(partial(logged_store.note_wish, key=key, account="", wanted=False))
    await db.write(note_wishes)
    assert await db.read(logged_store.logged) == {"a1", "a4"}
