"""One holder at a time renews the token of an account."""

from __future__ import annotations

from functools import partial

from postroom.accounts.service import Accounts
from postroom.credentials.store import claim, release
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from tests.accounts.bodies import body


async def account_key(db: Database) -> int:
    accounts = Accounts(db, SecretBox(("secret",)))
    await accounts.register("a", body())
    return (await accounts.get("a")).row.key


async def claimed(db: Database, key: int, holder: str, now: int, until: int) -> bool:
    return await db.write(partial(claim, key=key, holder=holder, now=now, until=until))


async def test_a_claim_holds_until_its_end(db: Database) -> None:
    key = await account_key(db)
    assert await claimed(db, key, "first", 0, 100)
    assert not await claimed(db, key, "second", 99, 200)
    assert await claimed(db, key, "second", 100, 200)
    assert not await claimed(db, key, "first", 150, 300)


async def test_a_holder_may_claim_again(db: Database) -> None:
    key = await account_key(db)
    assert await claimed(db, key, "first", 0, 100)
    assert await claimed(db, key, "first", 50, 150)
    assert not await claimed(db, key, "second", 120, 200)


async def test_only_the_holder_releases(db: Database) -> None:
    key = await account_key(db)
    assert await claimed(db, key, "first", 0, 100)
    await db.write(partial(release, key=key, holder="second"))
    assert not await claimed(db, key, "second", 10, 200)
    await db.write(partial(release, key=key, holder="first"))
    assert await claimed(db, key, "second", 10, 200)
