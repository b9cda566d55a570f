"""A TypeScript client that somebody generates from our document compiles strictly, and works against a real gateway."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.flows.gateway import TOKEN, Gateway

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.npm]

SOURCES = Path(__file__).parent / "typescript"


async def run(folder: Path, *command: str) -> str:
    """Run a command; return what it wrote. AssertionError with all of it if it failed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, output.decode() + errors.decode()
    return output.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the generator, the compiler and the program."""
    made = tmp_path_factory.mktemp("typescript")
    for source in SOURCES.iterdir():
        shutil.copy(source, made)
    try:
        # Scripts of packages are not run: nothing here needs them.
        await run(made, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    except AssertionError as failed:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"needs npm and what it installs: {failed}")
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway of its own."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


async def test_a_generated_client_compiles_and_works(folder: Path, gateway: Gateway) -> None:
    document = await gateway.ask("GET", "/openapi.json")
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    tools = folder / "node_modules" / ".bin"
    await run(folder, str(tools / "openapi-typescript"), "openapi.json", "-o", "postroom.d.ts")
    # Types that were not understood become these.
    types = (folder / "postroom.d.ts").read_text(encoding="utf-8")
    assert ": any" not in types
    await run(folder, str(tools / "tsc"), "--project", "tsconfig.json")
    told = json.loads(await run(folder, "node", "built/program.js", gateway.url, TOKEN))
    assert told.pop("state") in ("init", "unset")
    assert told == {
        "created": True,
        "greeting": None,
        "names": ["typescript"],
        "isSame": True,
        "recipient": "bob@example.test",
        "events": ["accountAdded"],
        "faults": ["name"],
        "missing": "AccountNotFound",
        "removed": True,
    }
