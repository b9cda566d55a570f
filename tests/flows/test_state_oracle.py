"""The truth check: whatever happens to mail, connections and process, the event log tells what the server holds."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.fault_proxy import FaultProxy
from tests.flows.gateway import Gateway, imap
from tests.flows.replay import Contents, announced_folders, read_log, replay
from tests.flows.second_client import SecondClient
from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = pytest.mark.dovecot

# Without NOTIFY Dovecot can do without its index of folders, which may go on naming one that another session removed.
NO_INDEX = "mailbox_list_index = no"
SERVERS = {
    "QRESYNC": DovecotOptions(),
    "CONDSTORE": DovecotOptions(imap_capability=capabilities_without("QRESYNC", "NOTIFY"), extra_config=NO_INDEX),
    "plain": DovecotOptions(
        imap_capability=capabilities_without("QRESYNC", "CONDSTORE", "NOTIFY", "ESEARCH", "LIST-STATUS"),
        extra_config=NO_INDEX,
    ),
}
# Every wait is short, so that what is seen after minutes in production is seen while the test runs.
HASTE: dict[str, Any] = {
    "heartbeat": "0.5",
    "lease": "2",
    "folder_poll_interval": "0.3",
    "quiet_folder_poll_interval": "0.5",
    "flag_scan_interval": "1",
    "resync_interval": "2",
    "log_level": "info",
}
PATIENCE = 60.0
LEAST_ACTS = 120
MOST_BYTES_BEFORE_A_CUT = 30_000


@pytest_asyncio.fixture(params=list(SERVERS))
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Dovecot]:
    """A Dovecot that offers all, some or none of what makes a sync cheap."""
    async with Dovecot(SERVERS[request.param]) as dovecot:
        yield dovecot


async def test_the_log_tells_what_the_server_holds(server: Dovecot, tmp_path: Path, sqlite_url: str, seed: int) -> None:
    await prove(server, tmp_path, sqlite_url, seconds=6.0, kills=1, seed=seed)


@pytest.mark.soak
async def test_the_log_tells_what_the_server_holds_after_an_hour(
    server: Dovecot, tmp_path: Path, database_url: str, seed: int, soak_minutes: float
) -> None:
    await prove(server, tmp_path, database_url, seconds=60 * soak_minutes, kills=round(2 * soak_minutes), seed=seed)


async def prove(server: Dovecot, folder: Path, database_url: str, *, seconds: float, kills: int, seed: int) -> None:
    """Change, cut and kill at random for some time; then the log and the server must come to agree, and stay so."""
    chance = random.Random(seed)
    gateway = Gateway(folder, database_url=database_url, **HASTE)
    async with FaultProxy(server.host, server.port) as proxy, gateway:
        await gateway.register("oracle", imap(proxy, "oracle"))
        await gateway.reaches("oracle", "connected")
        with SecondClient(server, "oracle", chance) as second:
            before = second.folders().keys()
            killed = await disturb(gateway, proxy, second, chance, seconds, kills)
            events = await asyncio.to_thread(agree, database_url, second, before, f"seed {seed}")
        done = f"{len(second.done)} acts, {killed} kills, {proxy.connections} connections, {events} events"
        print(f"seed {seed}: {done}; refused {second.refused}, ghosts {sorted(second.ghosts)}")


async def disturb(
    gateway: Gateway, proxy: FaultProxy, second: SecondClient, chance: random.Random, seconds: float, kills: int
) -> int:
    """Let the second client work while connections break, and the process dies now and then. Return the kills."""
    begun = time.monotonic()
    end = begun + seconds

    async def work() -> None:
        # A busy machine has done little by then, and little proves nothing.
        while time.monotonic() < end or (len(second.done) < LEAST_ACTS and time.monotonic() < begun + PATIENCE):
            for _ in range(chance.choice((1, 3, 10))):
                await asyncio.to_thread(second.act)
            await asyncio.sleep(chance.choice((0.0, 0.05, 0.3)))

    async def cut() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(chance.uniform(0.1, 1.2))
            if chance.random() < 0.5:
                proxy.cut(reset=chance.random() < 0.5)
            else:
                proxy.cut_after(chance.randrange(1, MOST_BYTES_BEFORE_A_CUT))

    killed = 0

    async def kill() -> None:
        nonlocal killed
        while killed < kills and time.monotonic() < end:
            await asyncio.sleep(seconds / (kills + 1))
            await gateway.restart()
            killed += 1

    async with asyncio.TaskGroup() as group:
        for disturbance in (work, cut, kill):
            group.create_task(disturbance())
    proxy.heal()
    return killed


def agree(database_url: str, second: SecondClient, before: Collection[str], note: str) -> int:
    """Wait until the replayed log is what the server holds, and nothing more is announced; return its length.

    Nothing announces the folders that were there `before`.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        there = second.folders()
        truth = {path: messages for path, messages in there.items() if messages}
        created = there.keys() - set(before)
        log = read_log(database_url, "oracle")
        told = without(second.ghosts, replay(log))
        folders = announced_folders(log) - second.ghosts
        if told == truth and folders == created:
            break
        other = sorted(folders ^ created)
        assert time.monotonic() < deadline, f"{note}: {_differences(told, truth)}; folders told of wrongly: {other}"
        time.sleep(0.1)
    length = len(read_log(database_url, "oracle"))
    time.sleep(2.5)
    # The account may still have to find out that its connection was cut.
    later = [event for event in read_log(database_url, "oracle")[length:] if event.get("path") is not None]
    assert later == [], f"{note}: announced although nothing happened: {later}"
    assert length > 50, f"{note}: too little happened to prove anything"
    return length


def without(ghosts: set[str], told: Contents) -> Contents:
    """What was told, but for folders of which the server itself says two things."""
    return {path: messages for path, messages in told.items() if path not in ghosts}


def _differences(told: Contents, truth: Contents) -> str:
    found = []
    for path in sorted({*told, *truth}):
        ours, theirs = told.get(path, {}), truth.get(path, {})
        lost, invented = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
        other = {uid: (sorted(ours[uid]), sorted(theirs[uid])) for uid in ours.keys() & theirs.keys()}
        other = {uid: pair for uid, pair in other.items() if pair[0] != pair[1]}
        if lost or invented or other:
            found.append(f"{path}: never announced {lost}, gone but not announced {invented}, other flags {other}")
    return "; ".join(found)
