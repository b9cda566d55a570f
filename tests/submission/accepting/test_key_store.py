"""Two requests never have the same key at once, on either engine."""

from __future__ import annotations

import asyncio

from postroom.storage.database import Database
from postroom.storage.schema.sending import idempotency_keys
from postroom.submission.accepting import key_store
from postroom.submission.accepting.key_store import KeyHold
from postroom.submission.accepting.submission_store import account_key
from tests.submission.messages import add_account, rows


async def hold(db: Database, holder: str) -> KeyHold:
    key = await db.read(lambda conn: account_key(conn, "anna"))
    assert key is not None
    return KeyHold(key, "key", holder)


async def claim(db: Database, claiming: KeyHold, now: int, until: int) -> bool:
    return await db.write(lambda conn: key_store.claim(conn, claiming, "f", now, until))


async def test_of_many_who_claim_at_once_one_gets_it(db: Database) -> None:
    await add_account(db)
    holds = [await hold(db, f"holder {number}") for number in range(10)]
    got = await asyncio.gather(*(claim(db, each, 0, 10) for each in holds))
    assert sum(got) == 1
    taken_over = await asyncio.gather(*(claim(db, each, 10, 20) for each in holds))
    assert sum(taken_over) == 1


async def test_only_the_holder_renews_answers_and_releases(db: Database) -> None:
    await add_account(db)
    mine, other = await hold(db, "mine"), await hold(db, "other")
    await claim(db, mine, 0, 10)
    await db.write(lambda conn: key_store.renew(conn, other, 99))
    await db.write(lambda conn: key_store.release(conn, other))
    assert not await db.write(lambda conn: key_store.answer(conn, other, {}, 99))
    assert [row.until for row in await rows(db, idempotency_keys)] == [10]
    await db.write(lambda conn: key_store.renew(conn, mine, 20))
    assert await db.write(lambda conn: key_store.answer(conn, mine, {"a": 1}, 99))
    assert not await db.write(lambda conn: key_store.answer(conn, mine, {"a": 2}, 99))
    await db.write(lambda conn: key_store.release(conn, mine))
    assert await db.read(lambda conn: key_store.answered(conn, mine)) == {"a": 1}
    assert await db.read(lambda conn: key_store.answered(conn, other)) is None


async def test_keys_whose_time_is_over_are_pruned_in_batches(db: Database) -> None:
    await add_account(db)
    first = await hold(db, "mine")
    for number in range(5):
        await claim(db, KeyHold(first.account_key, f"key {number}", "mine"), 0, 10 + number)
    assert await db.write(lambda conn: key_store.prune(conn, 13, 3)) == 3
    assert await db.write(lambda conn: key_store.prune(conn, 13, 3)) == 1
    assert await db.write(lambda conn: key_store.prune(conn, 13, 3)) == 0
    assert [row.key for row in await rows(db, idempotency_keys)] == ["key 4"]


async def test_a_process_that_is_gone_keeps_no_key_but_its_answers(db: Database) -> None:
    await add_account(db)
    account = (await hold(db, "gone")).account_key
    for name, at in (("gone", 0), ("answered", 0), ("alive", 5)):
        await claim(db, KeyHold(account, name, name), at, at + key_store.LEASE_MS)
    answered = KeyHold(account, "answered", "answered")
    await db.write(lambda conn: key_store.answer(conn, answered, {"a": 1}, 99))
    await db.write(lambda conn: key_store.release_all(conn, 5))
    assert sorted(row.key for row in await rows(db, idempotency_keys)) == ["alive", "answered"]
