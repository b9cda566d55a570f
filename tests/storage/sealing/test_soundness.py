"""The watch over stored secrets: damage is told once, counted, and forgotten when it is repaired."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing import soundness
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.sealing.soundness import Soundness
from postroom.storage.tables import account_settings
from tests.accounts.bodies import body

BOX = SecretBox(("secret",))


async def test_damage_is_told_once_and_counted_until_it_is_repaired(db: Database) -> None:
    accounts, watch = Accounts(db, BOX), Soundness(db, BOX, frozenset())
    await accounts.register("a", body())
    await watch.look(set())
    assert await watch.counts() == {}
    await db.write(lambda conn: conn.execute(sa.update(account_settings).values(secrets="damaged")) and None)
    with capture_logs() as told:
        await watch.look(set())
        await watch.look(set())
    assert [line["of"] for line in told] == ["the account 'a'"]
    assert await watch.counts() == {"accounts": 1}
    await accounts.update("a", {"imap": body()["imap"]})
    assert await watch.counts() == {}


async def test_the_log_is_not_flooded(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, "_MOST_LINES", 2)
    accounts, watch = Accounts(db, BOX), Soundness(db, BOX, frozenset())
    for number in range(4):
        await accounts.register(f"{number}", body())
    await db.write(lambda conn: conn.execute(sa.update(account_settings).values(secrets="damaged")) and None)
    with capture_logs() as told:
        await watch.look(set())
    assert len(told) == 2
    assert await watch.counts() == {"accounts": 4}
