"""Calls the command line of a gateway: within this process for most tests, as a process of its own for the others."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from postroom.cli.main import main
from tests.cli.postroom_program import PROGRAM, Program, running


@dataclass(frozen=True)
class Ended:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        """The JSON objects it printed, one in each line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> list[list[str]]:
        """The lines of the table it printed, without its titles, as their words."""
        return [line.split() for line in self.out.splitlines()[1:]]


@dataclass(frozen=True)
class CommandLine:
    """The command line as one person has it: with their folder, their profiles, and a gateway in their environment."""

    folder: Path
    url: str = ""
    token: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """All variables."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("POSTROOM_", "XDG_"))}
        own = {"XDG_CONFIG_HOME": str(self.folder / "config"), "COLUMNS": "100", "TERM": "dumb"}
        gateway = {"POSTROOM_URL": self.url, "POSTROOM_TOKEN": self.token}
        return {**kept, **own, **{name: value for name, value in gateway.items() if value}, **self.more}

    def call(self, *arguments: str, stdin: bytes = b"") -> Ended:
        """Run a command within this process."""
        streams = [io.TextIOWrapper(io.BytesIO(given), "utf-8", write_through=True) for given in (stdin, b"", b"")]
        status: int | str | None = 0
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", [PROGRAM, *arguments]),
            # Or the program is called `python -m pytest`, where that is how the tests were started.
            patch.object(sys.modules["__main__"], "__package__", None),
            patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]),
        ):
            try:
                main()
            except SystemExit as end:
                status = end.code
        texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in streams[1:]]
        return Ended(int(status or 0), *texts)

    async def run(self, *arguments: str, stdin: bytes = b"") -> Ended:
        """Run a command within this process, while the servers of the tests go on."""
        return await asyncio.to_thread(self.call, *arguments, stdin=stdin)

    async def read(self, *arguments: str) -> list[Any]:
        """Return what a command prints with --json; it must succeed."""
        ended = await self.run(*arguments, "--json")
        assert ended.status == 0, ended
        return ended.objects

    @contextmanager
    def process(self, *arguments: str) -> Iterator[Program]:
        """Start a command as a process of its own."""
        with running(self.folder, *arguments, environment=self.environment) as started:
            yield started
