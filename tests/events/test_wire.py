"""Events go out as they always did: the payload of each kind in the log, octet for octet.

`expected/payloads.json` holds the payloads that were written when it was recorded, in the order of `EVENTS`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
import sqlalchemy as sa

from postroom.events import types
from postroom.events.log import append, begin
from postroom.events.types import Event, FlagsChanged
from postroom.mail.shapes import MessageObject
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, events

AT: Final = 1_767_225_600_123
ERROR: Final = {
    "response": "535 Grüße \u2028",
    "serverResponseCode": "AUTHENTICATIONFAILED",
    "phase": "login",
    "time": "2026-01-01T00:00:00.123Z",
    "advice": "Send new credentials.",
}
MESSAGE: Final[MessageObject] = {
    "id": "AAAAAwAAAAE",
    "uid": 1,
    "path": "Büro",
    "flags": [],
    "subject": "",
    "to": [],
}
FLAGS: Final[FlagsChanged] = {"added": ["\\Seen"], "deleted": ["$Label"], "value": ["\\Seen", "\\Flagged"]}
LABELS: Final[FlagsChanged] = {"added": ["x"], "value": ["x"]}
EVENTS: Final[tuple[Event, ...]] = (
    types.account_added("a"),
    types.account_deleted("a"),
    types.authentication_success("u@example.test"),
    types.account_initialized(),
    types.authentication_error(ERROR),
    types.connect_error({**ERROR, "serverResponseCode": None, "description": "Stopped."}),
    types.MessageNew(
        "Büro", None, {"id": "AAAAAwAAAAE", "uid": 1, "path": "Büro", "flags": [], "subject": "", "to": []}
    ),
    types.MessageUpdated("Sent", "\\Sent", "AAAAAwAAAAE", 1, {"flags": FLAGS}),
    types.MessageUpdated(
        "All", "\\All", "AAAAAwAAAAE", 1, {"flags": FLAGS, "labels": {"added": ["x"], "value": ["x"]}}
    ),
    types.MessageDeleted("INBOX", "\\Inbox", "AAAAAwAAAAE", 1),
    types.MessageMove(
        "Trash",
        "\\Trash",
        "AAAABAAAAAI",
        2,
        {"id": "AAAAAwAAAAE", "uid": 1, "path": "INBOX", "specialUse": "\\Inbox"},
    ),
    types.MessageMissing("INBOX", "\\Inbox", "AAAAAwAAAAE", 1, 3, 5590),
    types.MailboxNew("a/b", None, "b", 4_294_967_295),
    types.MailboxNew("Sent", "\\Sent", "Sent", 1),
    types.MailboxDeleted("a/b", None, "b"),
    types.MailboxReset("INBOX", "\\Inbox", "INBOX", 2, 1, "uidValidityChange"),
    types.MailboxReset("INBOX", "\\Inbox", "INBOX", 2, None, "uidValidityChange"),
    types.MailboxReset("INBOX", "\\Inbox", "INBOX", 2, 1, "syncStateLost"),
)


def written(conn: Connection) -> list[str]:
    """Append every event to the log of one account; return the payloads."""
    row = {"account": "a", "name": "", "email": "", "search": "", "type": "imap"}
    insert = sa.insert(accounts).values(**row, created_at=0, state="init", state_since=0).returning(accounts.c.key)
    key = int(conn.execute(insert).scalar_one())
    begin(conn, key, "a", EVENTS[0], AT)
    append(conn, key, "a", EVENTS[1:], AT)
    query = sa.select(events.c.payload).where(events.c.account_key == key).order_by(events.c.seq)
    return list(conn.execute(query).scalars())


async def test_events_go_out_as_they_always_did(db: Database) -> None:
    recorded = (Path(__file__).parent / "expected" / "payloads.json").read_bytes()
    assert await db.write(written) == orjson.loads(recorded)
