"""Load on the API: wrk when it is installed, else keep-alive connections of our own; one request at a time on each."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from dataclasses import dataclass

from bench.gateway import Gateway
from bench.processes import Stopwatch

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: answers per second of wall time, and the gateway's CPU seconds per answer."""

    generator: str
    per_second: float
    cpu_each: float
    errors: int


async def load(gateway: Gateway, path: str, seconds: float) -> Load:
    """Ask for `path` as fast as the gateway answers."""
    with_wrk = shutil.which("wrk") is not None
    watch = Stopwatch.start(gateway.pid)
    answers, errors = await (_wrk if with_wrk else _own)(gateway, path, seconds)
    return Load("wrk" if with_wrk else "own", answers / watch.wall, watch.cpu / max(1, answers), errors)


async def _wrk(gateway: Gateway, path: str, seconds: float) -> tuple[int, int]:
    process = await asyncio.create_subprocess_exec(
        *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"),
        *("-H", f"Authorization: Bearer {gateway.token}", gateway.base_url + path),
        stdout=asyncio.subprocess.PIPE,
    )
    output = (await process.communicate())[0].decode()
    total = re.search(r"(\d+) requests in", output)
    if process.returncode != 0 or total is None:
        raise RuntimeError(f"wrk failed: {output}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return int(total[1]), int(refused[1]) if refused else 0


async def _own(gateway: Gateway, path: str, seconds: float) -> tuple[int, int]:
    deadline = time.monotonic() + seconds

    async def work() -> tuple[int, int]:
        answers = errors = 0
        async with gateway.connection() as connection:
            request = connection.prepare("GET", path)
            while time.monotonic() < deadline:
                status, _ = await connection.exchange(request)
                answers += 1
                errors += status != 200
        return answers, errors

    results = await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return sum(each[0] for each in results), sum(each[1] for each in results)
