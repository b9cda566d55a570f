"""The gateway under measurement: `postroom serve` as a process of its own, in a temporary folder."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.connection import HttpConnection

_START_LIMIT = 60.0
_PAGE = 250
_READY = "Postroom is ready at "


class NotInTime(RuntimeError):
    """The gateway did not get as far as the measurement needs; the text carries the end of its log."""


class Gateway:
    """One installation; it can be stopped and started again on the same data.

    `token` is that of the API, a random one unless given; `arguments` are added to `postroom serve`.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str | None,
        settings: dict[str, str],
        *,
        token: str | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        self.token = token or secrets.token_hex(32)
        self._arguments = arguments
        self.base_url = ""
        self._folder = folder
        self._settings = {"POSTROOM_TOKEN": self.token, "POSTROOM_DATA_DIR": str(folder / "data"), **settings}
        if database_url is not None:
            self._settings["POSTROOM_DATABASE_URL"] = database_url
        self._log = folder / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0

    @property
    def database_file(self) -> Path:
        """The SQLite file, unless the database is PostgreSQL."""
        return self._folder / "data" / "postroom.db"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the gateway is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._process is not None

    async def start(self) -> None:
        """Start the process and wait until its API answers. Raises NotInTime."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
        seen = self._log.stat().st_size if self._log.exists() else 0
        self._started = time.time() * 1000
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "postroom", "serve", "--port", "0", *self._arguments],
                cwd=self._folder,
                env=kept | self._settings | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + _START_LIMIT
        while not (line := self._ready_line(seen)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NotInTime(f"the gateway did not start: {self.log_end()}")
            await asyncio.sleep(0.01)
        self.base_url = line.partition(_READY)[2].split()[0]

    async def stop(self) -> None:
        """Stop it in order, like an operator would; kill it when that takes too long."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """SIGKILL: it gets no chance to finish anything."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    async def wait_connected(self, count: int, limit: float = 180.0) -> None:
        """Wait until `count` accounts are connected, and synced by this process. Raises NotInTime."""
        deadline = time.monotonic() + limit
        async with self.connection() as api:
            while (connected := await self._connected(api, count)) < count:
                if time.monotonic() > deadline:
                    raise NotInTime(f"{connected} of {count} accounts are connected: {self.log_end()}")
                await asyncio.sleep(0.1)

    async def _connected(self, api: HttpConnection, count: int) -> int:
        # A state from before the restart stands until the account's turn has come: the time of the sync tells them
        # apart, and is asked for once there is hope.
        total = int((await api.call("GET", "/v1/accounts?state=connected&pageSize=1"))["total"])
        if total < count:
            return total
        fresh = 0
        for page in range(-(-count // _PAGE)):
            listed = await api.call("GET", f"/v1/accounts?state=connected&pageSize={_PAGE}&page={page}")
            fresh += sum((each.get("syncTime") or 0) >= self._started for each in listed["accounts"])
        return fresh

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """One API call on a connection of its own."""
        async with self.connection() as api:
            return await api.call(method, path, body)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[HttpConnection]:
        """A keep-alive connection to the API."""
        connection = await HttpConnection.open(self.base_url, self.token)
        try:
            yield connection
        finally:
            connection.close()

    def log_end(self) -> str:
        """The last lines the gateway wrote."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def _ready_line(self, offset: int) -> str:
        lines = self._log.read_bytes()[offset:].decode(errors="replace").splitlines()
        return next((line for line in lines if _READY in line), "")
