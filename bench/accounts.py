"""Measures accounts at rest: registering them, connecting them all after a restart, their memory, idling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from bench.connection import call_many
from bench.gateway import Gateway
from bench.idlers import Idler
from bench.mailserver import account_body, account_id
from bench.processes import Stopwatch, cpu_seconds, resident_bytes
from bench.report import Report, at_least, at_most
from tests.live.dovecot import Dovecot

_SETTLE = 3.0
_MIB = 1 << 20


class Accounts:
    """All accounts of one run."""

    def __init__(self, gateway: Gateway, dovecot: Dovecot, report: Report) -> None:
        self._gateway = gateway
        self._dovecot = dovecot
        self._report = report
        self._count = report.options.accounts
        self._empty_rss = 0

    async def measure_empty(self) -> None:
        """The process after its second start (the first one makes the schema), before its first account."""
        await self._gateway.stop()
        await self._gateway.start()
        await self._gateway.call("GET", "/v1/accounts")
        await asyncio.sleep(_SETTLE)
        self._empty_rss = resident_bytes(self._gateway.pid)
        self._report.add("startCpu", "start: CPU", cpu_seconds(self._gateway.pid), "s")
        self._report.add("emptyMemory", "memory without accounts", self._empty_rss / _MIB, "MiB", at_most(60))

    async def prepare_mailboxes(self) -> None:
        """Let the mail server make the mailboxes, which the gateway is not to be charged with."""
        await Idler.prepare_all(self._dovecot, self._count, tls=self._report.options.tls)

    async def register_at_rest(self) -> None:
        """Register accounts that do not connect (`imap.disabled`), and remove them again."""
        watch = Stopwatch.start(self._gateway.pid)
        await call_many(self._gateway.base_url, self._gateway.token, self._registrations(disabled=True))
        rate = self._count / watch.wall
        self._report.add("registrationsAtRest", "registrations, IMAP disabled", rate, "/s", at_least(500))
        self._report.add("registrationCpu", "CPU per registration", watch.cpu / self._count * 1000, "ms")
        removals = (("DELETE", f"/v1/account/{account_id(number)}", None) for number in range(self._count))
        await call_many(self._gateway.base_url, self._gateway.token, removals)

    async def register(self) -> None:
        """Register all; they connect behind it, as they would for anybody."""
        watch = Stopwatch.start(self._gateway.pid)
        await call_many(self._gateway.base_url, self._gateway.token, self._registrations())
        rate = self._count / watch.wall
        self._report.add("registrations", "registrations, connecting meanwhile", rate, "/s", at_least(500))
        await self._gateway.wait_connected(self._count)
        self._report.add("registeredConnected", "first registration to all connected", watch.wall, "s")
        each = watch.cpu / self._count * 1000
        self._report.add("registeredCpu", "CPU per account, registration to connected", each, "ms")

    async def measure_restart(self) -> None:
        """Stop, start, and wait until every account is connected again."""
        await self._gateway.stop()
        await self._gateway.start()
        watch = Stopwatch.start(self._gateway.pid)
        await self._gateway.wait_connected(self._count)
        wall, cpu = watch.wall, watch.cpu
        self._report.add("connected", "restart to all connected", wall, "s", at_most(self._count / 100))
        each = cpu / self._count * 1000
        self._report.add("connectedCpu", "CPU per account to connect", each, "ms", at_most(5))
        await asyncio.sleep(_SETTLE)
        self.measure_memory("memory", "memory, all connected")

    def measure_memory(self, key: str, what: str, *, aim: bool = True) -> None:
        """Resident memory now, and what of it is due to each account."""
        rss = resident_bytes(self._gateway.pid)
        self._report.add(key, what, rss / _MIB, "MiB")
        each = (rss - self._empty_rss) / self._count / 1024
        self._report.add(f"{key}Each", f"{what}: per account", each, "KiB", at_most(60) if aim else None)

    async def measure_idle(self) -> None:
        """CPU while nothing happens."""
        watch = Stopwatch.start(self._gateway.pid)
        await asyncio.sleep(self._report.options.idle_seconds)
        self._report.add("idleCpu", "idle: share of one core", watch.cpu / watch.wall * 100, "%")

    def _registrations(self, *, disabled: bool = False) -> Iterator[tuple[str, str, Any]]:
        return registrations(self._dovecot, self._count, tls=self._report.options.tls, disabled=disabled)


def registrations(
    dovecot: Dovecot, count: int, *, tls: bool, disabled: bool = False
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The calls that register the accounts 0 to `count` - 1; a disabled one does not connect."""
    for number in range(count):
        body = account_body(dovecot, number, tls=tls)
        body["imap"]["disabled"] = disabled
        yield "POST", "/v1/account", body
