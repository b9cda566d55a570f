"""A start with the wrong secret is refused, and changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import document_of
from postroom.storage.database import Database
from postroom.storage.sealing.keys import CANARY, open_box
from postroom.storage.sealing.rotation import rotate
from postroom.storage.sealing.secrets import KEY_FILE, SecretBox, WrongKey
from postroom.storage.tables import account_settings, meta

BODY = {"name": "A", "imap": {"host": "h", "port": 993, "auth": {"user": "u", "pass": "password"}}}


async def canaries(db: Database) -> list[str]:
    value = await db.read(
        lambda conn: conn.execute(sa.select(meta.c.value).where(meta.c.name == CANARY)).scalar_one_or_none()
    )
    return value.split() if value else []


async def store(db: Database, canary: str) -> None:
    await db.write(
        lambda conn: conn.execute(sa.update(meta).where(meta.c.name == CANARY).values(value=canary)) and None
    )


async def test_the_first_start_leaves_a_canary_and_the_next_one_needs_the_same_secret(
    db: Database, tmp_path: Path
) -> None:
    box = await open_box(db, tmp_path, "secret")
    before = await canaries(db)
    assert box.open((await open_box(db, tmp_path, "secret")).seal("x", "a"), "a") == "x"
    with pytest.raises(WrongKey, match="POSTROOM_SECRET"):
        await open_box(db, tmp_path, "wrong")
    assert await canaries(db) == before
    assert len(before) == 1
    assert not (tmp_path / KEY_FILE).exists()


async def test_without_a_secret_a_key_file_is_made_once(db: Database, tmp_path: Path) -> None:
    box = await open_box(db, tmp_path, None)
    made = (tmp_path / KEY_FILE).read_text()
    again = await open_box(db, tmp_path, None)
    assert again.open(box.seal("x", "a"), "a") == "x"
    assert (tmp_path / KEY_FILE).read_text() == made


async def test_a_lost_key_file_is_not_replaced_by_a_new_one(db: Database, tmp_path: Path) -> None:
    await open_box(db, tmp_path, None)
    (tmp_path / KEY_FILE).rename(tmp_path / "backup")
    with pytest.raises(WrongKey, match="put the key file back"):
        await open_box(db, tmp_path, None)
    assert not (tmp_path / KEY_FILE).exists()
    (tmp_path / "backup").rename(tmp_path / KEY_FILE)
    await open_box(db, tmp_path, None)


async def test_without_a_canary_a_stored_secret_proves_the_key(db: Database, tmp_path: Path) -> None:
    accounts = Accounts(db, await open_box(db, tmp_path, "secret"))
    await accounts.register("a", BODY)
    await db.write(lambda conn: conn.execute(sa.delete(meta)) and None)
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, "wrong")
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, None)
    assert await canaries(db) == []
    await open_box(db, tmp_path, "secret")
    assert len(await canaries(db)) == 1


async def test_during_a_rotation_both_secrets_are_needed_and_afterwards_only_the_new_one(
    db: Database, tmp_path: Path
) -> None:
    accounts = Accounts(db, await open_box(db, tmp_path, "old"))
    await accounts.register("a", BODY)
    both = await open_box(db, tmp_path, "new", ("old",))
    for alone in ("old", "new"):
        with pytest.raises(WrongKey):
            await open_box(db, tmp_path, alone)
    assert (await rotate(db, both, frozenset()))["accounts"] == 1
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, "old")
    fresh = Accounts(db, await open_box(db, tmp_path, "new"))
    assert document_of(await fresh.preview("a", {}))["imap"]["auth"]["pass"] == "password"


async def test_of_nodes_that_begin_with_different_secrets_one_wins(db: Database, tmp_path: Path) -> None:
    starts = [open_box(db, tmp_path, f"secret {n}") for n in range(4)]
    results = await asyncio.gather(*starts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["SecretBox"] + ["WrongKey"] * 3
    (winner,) = [result for result in results if isinstance(result, SecretBox)]
    winner.check_canary((await canaries(db))[0])


async def test_a_damaged_proof_of_the_key_is_made_anew(db: Database, tmp_path: Path) -> None:
    await open_box(db, tmp_path, "secret")
    (before,) = await canaries(db)
    await store(db, before[:-4] + ("AAAA" if before[-4:] != "AAAA" else "BBBB"))
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, "wrong")
    await open_box(db, tmp_path, "secret")
    (after,) = await canaries(db)
    assert after != before
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, "wrong")


async def test_one_damaged_account_does_not_keep_the_others_from_work(db: Database, tmp_path: Path) -> None:
    accounts = Accounts(db, await open_box(db, tmp_path, "secret"))
    for name in ("damaged", "whole"):
        await accounts.register(name, BODY)
    first = sa.select(sa.func.min(account_settings.c.account_key)).scalar_subquery()
    damaged = sa.update(account_settings).where(account_settings.c.account_key == first).values(secrets="damaged")
    await db.write(lambda conn: conn.execute(sa.delete(meta)) and conn.execute(damaged) and None)
    with pytest.raises(WrongKey):
        await open_box(db, tmp_path, "wrong")
    await open_box(db, tmp_path, "secret")
    assert len(await canaries(db)) == 1
