"""What a database says about itself."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.database import open_database
from postroom.storage.inspection import inspect
from postroom.storage.migrate import newest_revision
from postroom.storage.tables import events, meta


async def test_an_empty_database_has_no_schema(database_url: str) -> None:
    database = open_database(database_url)
    await database.start()
    found = await database.read(inspect)
    await database.close()
    assert (found.schema, found.newest_event) == (None, None)
    assert abs(found.clock - now_ms()) < 5000


async def test_a_migrated_database_names_its_schema_and_newest_event(database_url: str) -> None:
    database = open_database(database_url)
    await database.start()
    await database.migrate()
    row = {"account_key": 1, "account": "a", "id": "x", "type": "accountAdded", "payload": "{}"}
    await database.write(
        lambda conn: conn.execute(
            sa.insert(events), [row | {"account_seq": 1, "at": 5}, row | {"account_seq": 2, "at": 9}]
        )
    )
    await database.write(lambda conn: conn.execute(sa.insert(meta), {"name": "canary", "value": "one\ntwo"}))
    found = await database.read(inspect)
    await database.close()
    assert (found.schema, found.newest_event, found.canaries) == (newest_revision(), 9, ("one", "two"))
