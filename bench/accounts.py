"""Measures accounts at rest: registering them, connecting them all after a restart, their memory, idling."""

from __future__ import annotations

import asyncio

from bench.connection import call_many
from bench.mailserver import registrations, removals
from bench.processes import Stopwatch, cpu_seconds, shared_out_bytes
from bench.report import at_least, at_most
from bench.subject import Subject

_SETTLE = 3.0
_MIB = 1 << 20


async def measure_empty(subject: Subject) -> None:
    """The process after a start that had no schema to make, before its first account."""
    gateway, report = subject.gateway, subject.report
    await gateway.stop()
    await gateway.start()
    await gateway.call("GET", "/v1/accounts")
    await asyncio.sleep(_SETTLE)
    report.cpu("startCpu", "start: CPU", cpu_seconds(gateway.pid), "s")
    aim = report.at_most(sqlite=70, postgres=75)
    report.add("emptyMemory", "memory without accounts (PSS)", shared_out_bytes(gateway.pid) / _MIB, "MiB", aim)


async def register_at_rest(subject: Subject) -> None:
    """Register accounts that do not connect (`imap.disabled`), and remove them again."""
    gateway, report, count = subject.gateway, subject.report, len(subject.numbers)
    bodies = registrations(subject.dovecot, subject.numbers, tls=subject.options.tls, disabled=True)
    watch = Stopwatch.start(gateway.pid)
    await call_many(gateway.base_url, gateway.token, bodies)
    wall, cpu = watch.wall, watch.cpu
    report.add("registrationsAtRest", "registrations, IMAP disabled", count / wall, "/s", at_least(500))
    aim = report.at_most(sqlite=1.2, postgres=1.8)
    report.cpu("registrationCpu", "CPU per registration, IMAP disabled", cpu / count * 1000, "ms", aim)
    await call_many(gateway.base_url, gateway.token, removals(subject.numbers))


async def register(subject: Subject) -> None:
    """Register all; they connect behind it, as they would for anybody."""
    gateway, report, count = subject.gateway, subject.report, len(subject.numbers)
    watch = Stopwatch.start(gateway.pid)
    bodies = registrations(subject.dovecot, subject.numbers, tls=subject.options.tls)
    await call_many(gateway.base_url, gateway.token, bodies)
    report.add("registrations", "registrations, connecting meanwhile", count / watch.wall, "/s", at_least(500))
    await gateway.wait_connected(count)
    wall, cpu = watch.wall, watch.cpu
    report.add("registeredConnected", "first registration to all connected", wall, "s")
    aim = report.at_most(sqlite=6, postgres=8)
    report.cpu("registeredCpu", "CPU per account, registration to connected", cpu / count * 1000, "ms", aim)


async def measure_restart(subject: Subject) -> None:
    """Stop, start, and wait until every account is connected again; then look at the memory."""
    gateway, report, count = subject.gateway, subject.report, len(subject.numbers)
    await gateway.stop()
    await gateway.start()
    watch = Stopwatch.start(gateway.pid)
    await gateway.wait_connected(count)
    wall, cpu = watch.wall, watch.cpu
    report.add("connected", "restart to all connected", wall, "s", at_most(count / 100))
    report.cpu("connectedCpu", "CPU per account to connect", cpu / count * 1000, "ms", at_most(5))
    await asyncio.sleep(_SETTLE)
    memory = shared_out_bytes(gateway.pid) / _MIB
    # The aims are those without accounts and 50 MiB for each thousand.
    aim = report.at_most(sqlite=70 + count / 20, postgres=75 + count / 20)
    report.add("memory", f"memory, {count:,} accounts connected (PSS)", memory, "MiB", aim)
    each = (memory - report.value("emptyMemory")) / count * 1024
    report.add("memoryEach", "memory of each account", each, "KiB", at_most(60))


async def measure_idle(subject: Subject) -> None:
    """CPU while nothing happens."""
    watch = Stopwatch.start(subject.gateway.pid)
    await asyncio.sleep(subject.options.idle_seconds)
    subject.report.cpu("idleCpu", "idle: share of one core", watch.cpu / watch.wall * 100, "%")
