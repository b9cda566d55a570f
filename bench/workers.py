"""Measures how throughput grows from one worker to two: the same work, on PostgreSQL, with `serve --workers N`.

Gateway, PostgreSQL, Dovecot, load generator and receiver share one machine. So each phase says how much CPU each of
them took for one piece of work, and how many cores were busy: that is the bound of what a second worker can add.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.burst import burst
from bench.connection import call_many
from bench.databases import make_postgres
from bench.gateway import Gateway
from bench.idlers import Idler
from bench.load import load
from bench.mailserver import make_dovecot, registrations, removals
from bench.receiver import Receiver
from bench.report import Report
from bench.spending import GATEWAY, Spending, Spent
from tests.live.dovecot import Dovecot
from tests.live.postgres import Postgres

_ASKED = "/v1/accounts?pageSize=20"
_LEAST = 0.005


@dataclass(frozen=True, slots=True)
class Done:
    """So many pieces of work, how many of them per second, and what they took."""

    count: float
    per_second: float
    spent: Spent


async def measure_workers(reports: Sequence[Report]) -> None:
    """The same measurement with one worker and with two, each on an empty database."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(make_postgres())
        count = reports[0].options.cluster_accounts
        dovecot = await stack.enter_async_context(make_dovecot(count, tls=False))
        await Idler.prepare_all(dovecot, range(count), tls=False)
        for workers, report in enumerate(reports, start=1):
            await _measure(workers, postgres, dovecot, report)


async def _measure(workers: int, postgres: Postgres, dovecot: Dovecot, report: Report) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        receiver = await stack.enter_async_context(Receiver())
        gateway = Gateway(folder, postgres.create_database(), {}, arguments=("--workers", str(workers)))
        stack.push_async_callback(gateway.stop)
        await gateway.start()
        wanted = {"webhooksEnabled": True, "webhooks": receiver.url, "webhookEvents": ["messageNew"]}
        await gateway.call("POST", "/v1/settings", wanted)
        phases = _Phases(workers, gateway, postgres, dovecot, receiver, report)
        await phases.run("Registrations", "registrations, IMAP disabled", phases.registrations)
        await call_many(gateway.base_url, gateway.token, removals(phases.numbers))
        await phases.run("Connected", "registered and connected", phases.connections)
        await phases.run("Reads", f"GET {_ASKED}", phases.requests)
        await phases.run("Burst", "webhooks in a burst", phases.burst)


class _Phases:
    """What is done with one number of workers."""

    def __init__(
        self, workers: int, gateway: Gateway, postgres: Postgres, dovecot: Dovecot, receiver: Receiver, report: Report
    ) -> None:
        self.numbers = range(report.options.cluster_accounts)
        self._workers = workers
        self._gateway = gateway
        self._programs = {GATEWAY: gateway.pid, "PostgreSQL": postgres.pid, "Dovecot": dovecot.pid}
        self._dovecot = dovecot
        self._receiver = receiver
        self._report = report

    async def run(self, key: str, what: str, phase: Callable[[], Awaitable[Done]]) -> None:
        """Run a phase, and report its rate and who spent how much."""
        with self._report.measured():
            done = await phase()
            self._report.add(f"workers{key}", what, done.per_second, "/s")
            for name, seconds in done.spent.by.items():
                each = seconds / done.count * 1000
                if each >= _LEAST:
                    self._report.cpu(f"workers{key}{name}", f"{what}: CPU of {name}, each", each, "ms")
            cores = os.cpu_count() or 1
            self._report.add(f"workers{key}Cores", f"{what}: cores busy, of {cores}", done.spent.cores, "")
            self._report.add(f"workers{key}Others", f"{what}: other programs' cores", done.spent.other_cores, "")
            if self._workers == 1:
                most = done.spent.most_growth(GATEWAY, cores)
                self._report.add(f"workers{key}Most", f"{what}: most that {cores} cores allow to grow", most, "times")

    async def registrations(self) -> Done:
        """Register accounts that do not connect."""
        spending, count = Spending.start(self._programs), len(self.numbers)
        await self._register(disabled=True)
        spent = spending.spent()
        return Done(count, count / spent.wall, spent)

    async def connections(self) -> Done:
        """Register accounts that connect."""
        spending, count = Spending.start(self._programs), len(self.numbers)
        await self._register(disabled=False)
        await self._gateway.wait_connected(count)
        spent = spending.spent()
        return Done(count, count / spent.wall, spent)

    async def requests(self) -> Done:
        """Ask for a list."""
        spending = Spending.start(self._programs)
        seen = await load(self._gateway, _ASKED, self._report.options.request_seconds)
        spent = spending.spent()
        if seen.errors:
            raise RuntimeError(f"GET {_ASKED}: {seen.errors} answers were no success")
        return Done(seen.per_second * spent.wall, seen.per_second, spent)

    async def burst(self) -> Done:
        """Deliver many messages at once."""
        spending, count = Spending.start(self._programs), self._report.options.burst
        seen = await burst(self._gateway, self._dovecot, self._receiver, count=count, mailboxes=self.numbers)
        spent = spending.spent()
        if seen.lost or seen.twice:
            raise RuntimeError(f"{seen.lost} of {count} webhooks were lost, {seen.twice} came twice")
        return Done(count, seen.per_second, spent.of_messages(seen.seconds, seen.delivering))

    async def _register(self, *, disabled: bool) -> None:
        bodies = registrations(self._dovecot, self.numbers, tls=False, disabled=disabled)
        await call_many(self._gateway.base_url, self._gateway.token, bodies)
