"""Measures pages of a list beside a bare client that asks the same Dovecot for the same items of the same messages.

Both ask in turns, so that other work on the machine strikes both. A warm page is one after another of the same folder,
which Postroom has open then: beside it are a bare NOOP and FETCH. A page after one of another folder has to open the
folder: beside it are a bare EXAMINE and FETCH.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bench.connection import HttpConnection
from bench.gateway import Gateway
from bench.processes import Stopwatch
from bench.raw_imap import RawImap
from bench.report import Report, at_most, percentile
from postroom.mailboxes.lists.wanted import EVERYTHING

__all__ = ["PageBench"]

_WARM_UP: Final = 5
_ITEMS: Final = f"({' '.join(EVERYTHING.items(frozenset()))})"
"""What the gateway asks a Dovecot for."""

_PAUSE: Final = 0.002
"""Seconds after each, so that the other side has done what it does behind its answer."""

Ask = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to measure, and what to do `before` without measuring it."""

    ask: Ask
    before: Ask | None = None


class PageBench:
    """Asks for one page after another. `page` counts from 0, the newest; `total` are the messages of the folder."""

    def __init__(self, gateway: Gateway, api: HttpConnection, raw: RawImap, report: Report) -> None:
        self._gateway = gateway
        self._api = api
        self._raw = raw
        self._report = report

    async def measure(self, page: int, name: str, *, size: int, total: int) -> None:
        """Report the figures of one page of INBOX."""
        newest = total - page * size
        fetch = f"FETCH {newest - size + 1}:{newest} {_ITEMS}"
        path = f"/v1/account/mail/messages?path=INBOX&page={page}&pageSize={size}"
        await self._check(fetch, path, size)
        warm, again, opened, other = await self._in_turns(
            _Asked(self._bare("NOOP", fetch)),
            _Asked(self._listing(path)),
            _Asked(self._bare("EXAMINE INBOX", fetch)),
            _Asked(self._listing(path), before=self._listing("/v1/account/mail/messages?path=Big&pageSize=1")),
        )
        cpu = await self._cpu(path)
        key, what = f"list{page}", f"{name} page of {size}"
        add = self._report.add
        add(f"{key}Time", f"{what}, folder open: p50", again, "ms", at_most(15))
        self._report.cpu(f"{key}Cpu", f"{what}, folder open: CPU each", cpu, "ms")
        add(f"{key}Raw", f"{what}: bare NOOP and FETCH, p50", warm, "ms")
        add(f"{key}Ratio", f"{what}, folder open: of the bare one", again / warm, "x", at_most(2))
        add(f"{key}OpenedTime", f"{what}, to be opened: p50", other, "ms")
        add(f"{key}OpenedRaw", f"{what}: bare EXAMINE and FETCH, p50", opened, "ms")
        add(f"{key}OpenedRatio", f"{what}, to be opened: of the bare one", other / opened, "x", at_most(2))

    async def _check(self, fetch: str, path: str, size: int) -> None:
        """Make sure that both sides get the same number of messages. Raises RuntimeError."""
        await self._raw.run("EXAMINE INBOX")
        await self._raw.run(fetch)
        listed = await self._api.call("GET", path)
        if not self._raw.fetched == len(listed["messages"]) == size:
            raise RuntimeError(f"{self._raw.fetched} messages were fetched, and {len(listed['messages'])} listed")

    def _listing(self, path: str) -> Ask:
        async def ask() -> None:
            await self._api.call("GET", path)

        return ask

    def _bare(self, *commands: str) -> Ask:
        async def ask() -> None:
            for command in commands:
                await self._raw.run(command)

        return ask

    async def _in_turns(self, *all_asked: _Asked) -> list[float]:
        """Return the median time of each in milliseconds."""
        times: list[list[float]] = [[] for _ in all_asked]
        until = time.monotonic() + self._report.options.request_seconds
        rounds = 0
        while rounds <= _WARM_UP or time.monotonic() < until:
            rounds += 1
            for asked, seen in zip(all_asked, times, strict=True):
                if asked.before is not None:
                    await asked.before()
                began = time.perf_counter()
                await asked.ask()
                if rounds > _WARM_UP:
                    seen.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(_PAUSE)
        return [percentile(seen, 50) for seen in times]

    async def _cpu(self, path: str) -> float:
        """Return the gateway's CPU for each of many warm pages, in milliseconds."""
        ask = self._listing(path)
        await ask()
        watch, rounds = Stopwatch.start(self._gateway.pid), 0
        while watch.wall < self._report.options.request_seconds / 2:
            await ask()
            rounds += 1
        return watch.cpu / rounds * 1000
