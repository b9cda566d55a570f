"""Tests find no rows of others in the database that they share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fakes.databases import BROKEN, END_OTHERS, Sweeper

INSERT = "INSERT INTO meta (name, value) VALUES ('a', '1')"
COUNT = "SELECT count(*) FROM meta"


@pytest.fixture
async def sweeping(emptied_postgres_url: str) -> AsyncIterator[Sweeper]:
    sweeper = Sweeper(emptied_postgres_url)
    yield sweeper
    sweeper.close()


async def test_rows_and_the_sessions_of_others_are_gone(emptied_postgres_url: str, sweeping: Sweeper) -> None:
    for _ in range(2):
        other = await asyncpg.connect(emptied_postgres_url)
        try:
            await other.execute(INSERT)
            await other.execute("BEGIN; LOCK TABLE meta")
            await sweeping.sweep()
            with pytest.raises(BROKEN):
                await other.fetchval(COUNT)
        finally:
            other.terminate()
        witness = await asyncpg.connect(emptied_postgres_url)
        assert await witness.fetchval(COUNT) == 0
        await witness.close()


async def test_numbers_begin_anew(emptied_postgres_url: str, sweeping: Sweeper) -> None:
    other = await asyncpg.connect(emptied_postgres_url)
    sequences = await other.fetch("SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences")
    assert sequences
    name = sequences[0]["name"]
    first = await other.fetchval("SELECT nextval($1)", name)
    await other.fetchval("SELECT nextval($1)", name)
    await sweeping.sweep()
    witness = await asyncpg.connect(emptied_postgres_url)
    assert await witness.fetchval("SELECT nextval($1)", name) == first
    await witness.close()
    other.terminate()


async def test_a_connection_that_was_ended_is_made_anew(emptied_postgres_url: str, sweeping: Sweeper) -> None:
    await sweeping.sweep()
    other = await asyncpg.connect(emptied_postgres_url)
    await other.execute(END_OTHERS)
    await other.execute(INSERT)
    await sweeping.sweep()
    witness = await asyncpg.connect(emptied_postgres_url)
    assert await witness.fetchval(COUNT) == 0
    await witness.close()
    other.terminate()
