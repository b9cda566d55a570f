"""What needs a person, from the rows to the sentences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.attention.service import Attention
from postroom.cluster.nodes import Nodes
from postroom.configuration.keys import SEALED
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.failure_rules import RULES
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.sealing.soundness import Soundness
from postroom.storage.tables import account_settings, nodes
from postroom.submission.outbox.service import Outbox
from tests.attention.conftest import Put

ADVICE = next(rule.advice for rule in RULES if "5.7.9" in rule.codes)
REFUSED = {"serverResponseCode": "ALERT", "advice": ADVICE, "response": "[ALERT]", "phase": "login"}


def attention(db: Database, soundness: Soundness | None = None) -> Attention:
    runtime = RuntimeSettings(db, SecretBox(("a secret for tests",)))
    return Attention(
        db=db, runtime=runtime, outbox=Outbox(db=db, runtime=runtime), nodes=Nodes(db), soundness=soundness
    )


async def join(db: Database, **columns: Any) -> None:
    row = {"id": "one", "host": "h", "version": "1", "started_at": 0, "heartbeat_at": 2**45, "draining": False}
    await db.write(lambda conn: conn.execute(sa.insert(nodes), {**row, **columns}) and None)


async def test_refused_accounts_are_told_with_their_cure(db: Database, put: Put) -> None:
    await join(db)
    for name in ("ada", "bob"):
        await put(name, error=REFUSED, host="imap.gmail.com")
    (need,) = await attention(db).needs()
    assert need.what == "2 accounts at Gmail want an app password"


async def test_settings_that_switch_something_off_are_told(db: Database) -> None:
    await join(db)
    mine = attention(db)
    assert await mine.needs() == ()
    await mine.runtime.update({"webhooksEnabled": False})
    (need,) = await mine.needs()
    assert need.what == "Webhooks are switched off"


async def test_secrets_that_cannot_be_opened_are_told(db: Database, put: Put) -> None:
    await join(db)
    await put("ada")
    foreign = SecretBox(("another secret",)).seal("{}", "account:ada")
    await db.write(lambda conn: conn.execute(sa.update(account_settings).values(secrets=foreign)) and None)
    soundness = Soundness(db, SecretBox(("a secret for tests",)), SEALED)
    await soundness.look(set())
    (need,) = await attention(db, soundness).needs()
    assert need.what == "1 stored secret of accounts cannot be opened"
