"""Who is listened to: the accounts with `logs: true`, or all, as soon as the settings say so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postroom.connections.transcripts.tap import SpokenLine
from postroom.protocol_logs.taps import Taps
from tests.fakes.waiting import eventually
from tests.protocol_logs.conftest import LoggedHouse


@asynccontextmanager
async def following(house: LoggedHouse) -> AsyncIterator[Taps]:
    """The taps of a process that follows the settings."""
    kept: list[SpokenLine] = []
    taps = Taps(db=house.db, runtime=house.runtime, keep=kept.append)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(taps.run())
        yield taps
        task.cancel()


async def test_a_tap_follows_its_account(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    await logged_house.add("a2", logs=True)
    async with following(logged_house) as taps:
        one, two = taps.of("a1", wanted=False), taps.of("a2", wanted=True)
        assert (one.is_on, two.is_on) == (False, True)
        assert taps.of("a1", wanted=True) is one
        await logged_house.accounts.update("a1", {"logs": True})
        await eventually(lambda: one.is_on)
        await logged_house.accounts.update("a2", {"logs": False})
        await eventually(lambda: not two.is_on)
        await logged_house.accounts.update("a1", {"name": "Another"})
        await logged_house.accounts.update("a2", {"logs": True})
        await eventually(lambda: two.is_on)
        assert one.is_on


async def test_all_accounts_at_once(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    async with following(logged_house) as taps:
        tap = taps.of("a1", wanted=False)
        await logged_house.runtime.update({"logs": {"all": True}})
        await eventually(lambda: tap.is_on)
        assert taps.of("a3", wanted=False).is_on
        await logged_house.runtime.update({"logs": None})
        await eventually(lambda: not tap.is_on)


async def test_an_account_that_is_gone_is_not_logged(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1", logs=True)
    async with following(logged_house) as taps:
        tap = taps.of("a1", wanted=False)
        await eventually(lambda: tap.is_on)
        await logged_house.accounts.remove("a1")
        await logged_house.add("a2", logs=True)
        await eventually(lambda: not tap.is_on)
