"""Secrets move to a new key a few at a time, and the work may be stopped and begun again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import document_of
from postroom.storage.database import Database
from postroom.storage.schema.sending import submission_bodies
from postroom.storage.sealing.rotation import remaining, rotate
from postroom.storage.sealing.sealed import PLACES
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import account_settings
from postroom.submission.accepting.sealed_rows import PIECE
from postroom.submission.bodies import Bodies
from tests.accounts.bodies import body, imap
from tests.submission.messages import accepting, add_account, bodies, message, rows

ROTATED = SecretBox(("new secret", "secret"))


@pytest.fixture
def accounts(db: Database) -> Accounts:
    return Accounts(db, SecretBox(("secret",)))


async def reseal(db: Database, box: SecretBox, batch: int = 100) -> int:
    """Rotate; return how many accounts' secrets were under an older key."""
    return (await rotate(db, box, frozenset(), batch))["accounts"]


async def sealed(db: Database) -> list[str | None]:
    query = sa.select(account_settings.c.secrets).order_by(account_settings.c.account_key)
    return list(await db.read(lambda conn: conn.execute(query).scalars()))


async def test_every_secret_is_sealed_again_and_the_old_key_is_needed_no_more(accounts: Accounts, db: Database) -> None:
    for number in range(25):
        await accounts.register(f"{number}", body(imap=imap(**{"pass": f"password {number}"})))
    await accounts.register("none", {"name": "x", "oauth2": {"provider": "p", "enabled": False, "auth": {"user": "u"}}})
    assert await reseal(db, ROTATED, batch=10) == 25
    stored = await sealed(db)
    assert [value is not None and ROTATED.is_current(value) for value in stored] == [True] * 25 + [False]
    fresh = Accounts(db, SecretBox(("new secret",)))
    for number in range(25):
        assert document_of(await fresh.preview(f"{number}", {}))["imap"]["auth"]["pass"] == f"password {number}"
    assert await reseal(db, ROTATED, batch=10) == 0
    assert await sealed(db) == stored


async def test_what_is_done_already_stays_as_it_is(accounts: Accounts, db: Database) -> None:
    await accounts.register("old", body())
    await Accounts(db, ROTATED).register("new", body())
    before = await sealed(db)
    assert await reseal(db, ROTATED) == 1
    after = await sealed(db)
    assert after[0] != before[0]
    assert after[1] == before[1]


async def test_a_secret_that_no_key_opens_stays_as_it_is_and_stops_nothing(accounts: Accounts, db: Database) -> None:
    await accounts.register("first", body())
    await Accounts(db, SecretBox(("lost",))).register("lost", body())
    await accounts.register("last", body())
    before = await sealed(db)
    assert await reseal(db, ROTATED, batch=1) == 2
    after = await sealed(db)
    assert [ROTATED.is_current(value or "") for value in after] == [True, False, True]
    assert after[1] == before[1]
    assert await db.read(lambda conn: remaining(conn, ROTATED, frozenset())) == {place.name: 0 for place in PLACES}


@pytest.mark.parametrize("batch", [1, 100])
async def test_messages_move_piece_by_piece(db: Database, batch: int) -> None:
    old = SecretBox(("secret",))
    await add_account(db, box=old)
    octets = b"0123456789abcdef" * (PIECE // 16) + b"the end"
    for number in range(20):
        await accepting(db, box=old).accept(message(octets=octets if number == 7 else b"x", proxy=f"socks5://{number}"))
    done = await rotate(db, ROTATED, frozenset(), batch)
    assert (done["messages"], done["settings of messages"]) == (21, 20)
    stored = await rows(db)
    fresh = SecretBox(("new secret",))
    whole = b"".join([piece async for piece in Bodies(db, fresh).pieces(stored[7].id)])
    assert whole == octets
    assert fresh.open(stored[7].secrets, f"submission:{stored[7].queue_id}") == '{"proxy":"socks5://7"}'
    assert set((await rotate(db, ROTATED, frozenset(), batch)).values()) == {0}


async def test_a_message_that_no_key_opens_stays_and_stops_nothing(db: Database) -> None:
    await add_account(db, box=SecretBox(("secret",)))
    for secret in ("secret", "lost", "secret"):
        await accepting(db, box=SecretBox((secret,))).accept(message(proxy="socks5://x"))
    before = await bodies(db)
    third = submission_bodies.c.submission == before[2].submission
    *rest, last = bytes(before[2].sealed)
    damaged = bytes((*rest, last ^ 1))
    await db.write(lambda conn: conn.execute(sa.update(submission_bodies).where(third).values(sealed=damaged)) and None)
    done = await rotate(db, ROTATED, frozenset())
    assert (done["messages"], done["settings of messages"]) == (1, 2)
    after = await bodies(db)
    assert [bytes(row.sealed) for row in after[1:]] == [bytes(before[1].sealed), damaged]
    assert await db.read(lambda conn: remaining(conn, ROTATED, frozenset())) == {place.name: 0 for place in PLACES}
