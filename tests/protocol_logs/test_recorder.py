"""Lines on their way to the database: in batches, bounded, from several processes, and not lost while it is away."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.protocol_logs import piece_store, recorder
from postroom.protocol_logs.pieces import MOST_LINES, in_order
from postroom.protocol_logs.recorder import KEPT_MS, Recorder
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.sync.store import wipe
from tests.fakes.waiting import eventually
from tests.protocol_logs.conftest import LoggedHouse, spoken


async def texts(house: LoggedHouse, account: str = "a1") -> list[str]:
    found = await house.db.read(partial(piece_store.bodies, account=account))
    return [json.loads(line)["text"] for line in in_order(found)]


async def pieces(house: LoggedHouse) -> int:
    count = sa.text("SELECT count(*) FROM protocol_log_pieces")
    return int(await house.db.read(lambda conn: conn.execute(count).scalar_one()))


async def test_lines_are_stored_soon_and_the_last_ones_at_the_end(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    recording = logged_house.recorder()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(recording.run())
        recording.keep(spoken("one"))
        found: list[str] = []
        while not found:
            found = await texts(logged_house)
            await asyncio.sleep(0.01)
        recording.keep(spoken("two"))
        task.cancel()
    await recording.close()
    assert await texts(logged_house) == ["one", "two"]


async def test_lines_of_one_process_go_into_one_piece_until_it_is_full(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    recording = logged_house.recorder()
    for number in range(3):
        recording.keep(spoken(str(number)))
        await recording.flush()
    assert await pieces(logged_house) == 1
    for number in range(3, MOST_LINES + 3):
        recording.keep(spoken(str(number)))
    await recording.flush()
    assert await pieces(logged_house) == 1
    recording.keep(spoken("more", at=1_700_000_000_001))
    await recording.flush()
    assert await pieces(logged_house) == 2
    assert await texts(logged_house) == [*map(str, range(MOST_LINES + 3)), "more"]


async def test_several_processes_write_one_log(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    one, other = logged_house.recorder("n1"), logged_house.recorder("n2")
    for number in range(6):
        (one if number % 2 else other).keep(spoken(str(number), at=1000 + number))
    await one.flush()
    await other.flush()
    assert await texts(logged_house) == ["0", "1", "2", "3", "4", "5"]


async def test_an_account_without_a_row_is_passed_over(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    recording = logged_house.recorder()
    recording.keep(spoken("of nobody", account="gone"))
    recording.keep(spoken("of a1"))
    await recording.flush()
    assert await texts(logged_house) == ["of a1"]
    assert await texts(logged_house, "gone") == []


async def test_what_was_cleared_does_not_come_back(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    recording = logged_house.recorder()
    recording.keep(spoken("before"))
    await recording.flush()

    def work(conn: Connection) -> None:
        wipe(conn, piece_store.keys_of(conn, ["a1"])["a1"])

    await logged_house.db.write(work)
    recording.keep(spoken("after"))
    await recording.flush()
    assert await texts(logged_house) == ["after"]


async def test_the_log_of_an_account_is_bounded(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    await logged_house.runtime.update({"logs": {"maxLogLines": MOST_LINES}})
    recording = logged_house.recorder()
    for number in range(5 * MOST_LINES):
        recording.keep(spoken(str(number), at=1_700_000_000_000 + number))
        if number % 100 == 0:
            await recording.flush()
    await recording.flush()
    kept = await texts(logged_house)
    assert MOST_LINES <= len(kept) <= 3 * MOST_LINES
    assert kept[-1] == str(5 * MOST_LINES - 1)


async def test_old_lines_go(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    recording = logged_house.recorder(clock=lambda: KEPT_MS + 2000)
    recording.keep(spoken("old", at=1999))
    await recording.flush()
    await recording._prune(set())
    assert await texts(logged_house) == []
    recording.keep(spoken("new", at=2000))
    await recording.flush()
    await recording._prune(set())
    assert await texts(logged_house) == ["new"]


class Away:
    """A database that cannot be written to."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.is_away = True

    async def write(self, work: Any, **options: Any) -> Any:
        if self.is_away:
            raise StorageUnavailable("it is away")
        return await self._db.write(work, **options)


async def test_lines_wait_for_the_database_in_bounded_number(
    logged_house: LoggedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", 5)
    await logged_house.add("a1")
    away = Away(logged_house.db)
    recording = Recorder(db=away, runtime=logged_house.runtime)  # type: ignore[arg-type]
    for number in range(3):
        recording.keep(spoken(str(number)))
    with pytest.raises(StorageUnavailable):
        await recording.flush()
    for number in range(3, 9):
        recording.keep(spoken(str(number)))
    await recording.close()
    away.is_away = False
    await recording.flush()
    assert await texts(logged_house) == ["0", "1", "2", "3", "4"]


async def test_only_some_unfinished_pieces_stay_in_memory(
    logged_house: LoggedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "_OPEN", 1)
    recording = logged_house.recorder()
    for account in ("a1", "a2"):
        await logged_house.add(account)
    for text in ("one", "two"):
        for account in ("a1", "a2"):
            recording.keep(spoken(text, account=account))
        await recording.flush()
    assert await pieces(logged_house) == 3
    assert await texts(logged_house, "a1") == await texts(logged_house, "a2") == ["one", "two"]
    await eventually(lambda: len(recording._open) == 1)
