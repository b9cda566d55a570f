"""A process from settings to its first answer: the key, the schema, the first token, and where it can be reached."""

from __future__ import annotations

import asyncio
import socket
import stat
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from postroom import __version__
from postroom.app import FirstStart, Running, open_storage, prepare, run_gateway
from postroom.errors import PostroomError
from postroom.server.listening import bind
from postroom.settings import Settings
from postroom.storage.inspection import inspect
from postroom.storage.migrate import newest_revision
from postroom.storage.sealing.secrets import KEY_FILE


def settings(folder: Path, **given: Any) -> Settings:
    return Settings(**{"data_dir": folder / "data", "port": 0, "_env_file": None, **given})


async def test_the_first_start_makes_a_key_and_a_token_and_the_next_none(tmp_path: Path) -> None:
    made = await prepare(settings(tmp_path))
    assert made.first_token is not None
    assert len(bytes.fromhex(made.first_token)) == 32
    assert made.key_file_made == tmp_path / "data" / KEY_FILE
    assert made.key_file_made.exists()
    assert made.dashboard_code is not None
    assert await prepare(settings(tmp_path)) == FirstStart(None, None)


async def test_a_prepared_deployment_needs_none_of_them(tmp_path: Path) -> None:
    given = settings(tmp_path, secret="s", token="t", admin_password="three unrelated words")
    assert await prepare(given) == FirstStart(None, None)
    assert not (tmp_path / "data" / KEY_FILE).exists()


async def test_without_a_dashboard_there_is_no_code_for_it(tmp_path: Path) -> None:
    assert (await prepare(settings(tmp_path, dashboard=False))).dashboard_code is None
    assert (await prepare(settings(tmp_path))).dashboard_code is not None


async def test_storage_is_at_the_newest_schema_and_closed_to_others(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        db, box = await open_storage(settings(tmp_path), stack)
        found = await db.read(inspect)
        assert found.schema == newest_revision()
        for canary in found.canaries:
            box.check_canary(canary)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "postroom.db").stat().st_mode) == 0o600


async def test_a_database_of_another_key_is_not_opened(tmp_path: Path) -> None:
    await prepare(settings(tmp_path, secret="one"))
    with pytest.raises(PostroomError):
        await prepare(settings(tmp_path, secret="two"))
    await prepare(settings(tmp_path, secret="two", previous_secrets="one"))


async def test_a_sqlite_file_has_one_process(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        await open_storage(settings(tmp_path), stack)
        with pytest.raises(PostroomError, match=r"postroom\.db"):
            await prepare(settings(tmp_path))
    await prepare(settings(tmp_path))


async def begun(given: Settings, listener: socket.socket | None = None) -> tuple[asyncio.Task[None], Running]:
    """Run a gateway in a task, and wait until it answers."""
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(run_gateway(given, ready=ready.set_result, listener=listener))
    either: list[asyncio.Future[Any]] = [running, ready]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    return running, ready.result()


async def stopped(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_gateway_answers_where_it_says_with_the_token_it_made(tmp_path: Path) -> None:
    running, told = await begun(settings(tmp_path))
    assert told.key_file_made == tmp_path / "data" / KEY_FILE
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {told.first_token}"}) as session:
        async with session.get(f"{told.base_url}/v1/accounts") as answer:
            assert answer.status == 200
        async with session.get(f"{told.base_url}/openapi.json") as answer:
            assert (await answer.json())["info"]["version"] == __version__
        async with session.get(f"{told.base_url}/accounts/new") as page:
            assert page.content_type == "text/html"
    await stopped(running)


async def test_what_a_process_counted_last_is_stored_at_its_end(tmp_path: Path) -> None:
    given = settings(tmp_path, token="t")
    counters: list[dict[str, int]] = []
    for path in ("/v1/accounts", "/v1/stats"):
        running, told = await begun(given)
        async with aiohttp.ClientSession(headers={"authorization": "Bearer t"}) as session:
            answer = await session.get(f"{told.base_url}{path}")
            counters.append((await answer.json()).get("counters", {}))
            assert answer.status == 200
        await stopped(running)
    assert counters == [{}, {"apiCall:success": 1, "apiCalls:success": 1}]


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])
async def test_the_address_that_is_told_is_one_that_answers(tmp_path: Path, host: str, shown: str) -> None:
    listener = bind(host, 0)
    port = listener.getsockname()[1]
    running, told = await begun(settings(tmp_path, host=host), listener)
    assert told.base_url == f"http://{shown}:{port}"
    await stopped(running)
    assert listener.fileno() == -1
