"""Accounts and messages for tests of sending."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes, submission_bodies, submission_recipients, submissions
from postroom.storage.sealing.secrets import SecretBox
from postroom.submission.accepting.service import Accepting, ToSubmit

BOX = SecretBox(("secret",))
OCTETS = b"From: anna@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"
_SMTP = {"host": "localhost", "port": 25, "auth": {"user": "u", "pass": "p"}}


async def add_account(db: Database, account: str = "anna", box: SecretBox = BOX) -> None:
    """Store an account that sends and does not read."""
    body = {"name": account, "email": f"{account}@example.com", "imap": False, "smtp": _SMTP}
    await Accounts(db, box).register(account, body)


def accepting(db: Database, **options: Any) -> Accepting:
    """The service, with a box of its own unless told otherwise."""
    options.setdefault("box", BOX)
    options.setdefault("runtime", RuntimeSettings(db, options["box"]))
    return Accepting(db=db, **options)


def message(account: str = "anna", *recipients: str, **fields: Any) -> ToSubmit:
    """A message of an account, to bert unless told otherwise."""
    given: dict[str, Any] = {
        "sender": f"{account}@example.com",
        "recipients": recipients or ("bert@example.net",),
        "message_id": "<1@example.com>",
        "subject": "Hello",
        "octets": OCTETS,
    }
    return ToSubmit(account=account, **given | fields)


async def rows(db: Database, table: sa.Table = submissions) -> list[Any]:
    """Every row of a table, in order."""
    query = sa.select(table).order_by(*table.primary_key)
    return list(await db.read(lambda conn: conn.execute(query).all()))


async def recipients(db: Database) -> list[tuple[str, str]]:
    """The address and state of every recipient, in order."""
    return [(row.address, row.state) for row in await rows(db, submission_recipients)]


async def bodies(db: Database) -> list[Any]:
    """Every stored piece, in order."""
    return await rows(db, submission_bodies)


async def lane(db: Database) -> Any:
    """The only lane."""
    (row,) = await rows(db, sending_lanes)
    return row


async def change(db: Database, table: sa.Table, **values: Any) -> None:
    """Change every row of a table."""
    await db.write(lambda conn: conn.execute(sa.update(table).values(values)) and None)
