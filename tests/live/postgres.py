"""A real PostgreSQL on loopback, in a temporary folder, without fsync: fast, and gone afterwards.

with Postgres() as server:
    url = server.create_database()        # postgresql://postroom@127.0.0.1:PORT/test_1, empty
    server.stop(); server.start()         # an outage: same port, same data
    standby = server.standby()            # a second server that follows the first, until it is promoted
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from tests.fakes.ports import PortReservation
from tests.live.processes import (
    ServerFailed,
    copy_folder,
    identity,
    locked,
    remove_folder,
    run_tool,
    server_folder,
    spawn,
    stop_process,
    wait_until,
)

USER = "postroom"
_STOP_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_CONNECTION_LIMIT = 300


def postgres_programs() -> Path | None:
    """The folder with the newest installed PostgreSQL's programs, or None when Debian's postgresql is missing."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


class Postgres:
    """One PostgreSQL server of our own; everybody on this machine may connect to it without a password."""

    host = "127.0.0.1"

    def __init__(self, settings: Mapping[str, str] | None = None, *, cluster: Path | None = None) -> None:
        """`settings` replace or add some of postgresql.conf.

        `cluster` is a folder that keeps a new cluster for the next server: making one takes seconds, copying does not.
        """
        programs = postgres_programs()
        if programs is None:
            raise ServerFailed("PostgreSQL is not installed: apt-get install postgresql")
        self._programs = programs
        self._more_settings = dict(settings or {})
        self._cluster = cluster
        self._identity = identity("postgres")
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self.folder = server_folder("postroom-postgres-", self._identity)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Where the maintenance database is; tests use `create_database`."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}@{self.host}:{self.port}/{database}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log_file(self) -> Path:
        return self.folder / "postgres.log"

    def log_text(self) -> str:
        """Everything PostgreSQL has logged."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    # Life

    @property
    def pid(self) -> int:
        """The first process of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Start (with a new cluster the first time) and wait until connections are accepted."""
        if self._process is not None:
            return
        if not self._data.exists():
            self._make_cluster()
        self._process = spawn(
            [self._programs / "postgres", "-D", self._data, *self._settings()], self._identity, self._log_file
        )
        wait_until(self._accepts, self._process, self._log_file)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and keep the data; `fast` ends sessions in order, `immediate` is a crash."""
        if self._process is None:
            return
        stop_process(self._process, _STOP_SIGNALS[mode])
        self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def standby(self) -> Postgres:
        """Return a running server that follows this one; from now on, a commit here waits until it has it as well."""
        other = Postgres(self._more_settings)
        source = (f"--host={self.host}", f"--port={self.port}", f"--username={USER}")
        how = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        try:
            run_tool([self._programs / "pg_basebackup", *source, *how, f"--pgdata={other._data}"], other._identity)
            other.start()
            self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.execute("SELECT pg_reload_conf()")
        except BaseException:
            other.close()
            raise
        return other

    def promote(self) -> None:
        """Make a standby the primary; return when it takes writes."""
        self.execute("SELECT pg_promote(wait => true)")

    def close(self) -> None:
        """Stop for good and delete everything."""
        self.stop("immediate")
        self._reservation.release()
        remove_folder(self.folder)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    # Databases

    def create_database(self, like: str | None = None) -> str:
        """Make a database and return its URL: empty, or a copy of that of the URL `like`, to which nobody connects."""
        name = f"test_{next(self._numbers)}"
        template = "" if like is None else f' TEMPLATE "{like.rpartition("/")[2]}"'
        self.execute(f'CREATE DATABASE "{name}"{template}')
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Delete a database, ending the sessions that still use it."""
        name = url.rpartition("/")[2]
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str, *, url: str | None = None) -> str:
        """Run SQL with psql, in the maintenance database unless `url` names another; return the bare rows."""
        arguments = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql]
        return run_tool([self._programs / "psql", url or self.url, *arguments], self._identity).decode()

    # How it works

    def _make_cluster(self) -> None:
        if self._cluster is None:
            self._initialize()
            return
        with locked(self._cluster.with_suffix(".lock")):
            if not self._cluster.exists():
                self._initialize()
                copy_folder(self._data, self._cluster)
                return
        copy_folder(self._cluster, self._data)

    def _initialize(self) -> None:
        run_tool(
            [
                self._programs / "initdb",
                *("--pgdata", self._data),
                *("--username", USER),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ],
            self._identity,
        )

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": self.host,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": _CONNECTION_LIMIT,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "log_min_messages": "warning",
            **self._more_settings,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _accepts(self) -> bool:
        arguments = [f"--host={self.host}", f"--port={self.port}", f"--username={USER}", "--dbname=postgres", "--quiet"]
        return subprocess.run([self._programs / "pg_isready", *arguments], check=False).returncode == 0
