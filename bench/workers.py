"""Measures how throughput grows from one worker to two: the same work, on PostgreSQL, with `serve --workers N`."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.accounts import registrations
from bench.connection import call_many
from bench.gateway import Gateway
from bench.idlers import Idler
from bench.load import load
from bench.mailserver import account_id, make_dovecot
from bench.messages import burst
from bench.processes import Stopwatch
from bench.receiver import Receiver
from bench.report import Report
from tests.live.dovecot import Dovecot
from tests.live.postgres import Postgres

_ASKED = "/v1/accounts?pageSize=20"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something was done per second, and the CPU seconds of all workers for each."""

    key: str
    what: str
    per_second: float
    cpu_each: float


async def measure_workers(report: Report) -> None:
    """The same measurement with one worker and with two, each on an empty database."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        count = report.options.cluster_accounts
        dovecot = await stack.enter_async_context(make_dovecot(count, tls=False))
        await Idler.prepare_all(dovecot, count, tls=False)
        seen = [await _measure(number, postgres.create_database(), dovecot, report) for number in (1, 2)]
    for one, two in zip(*seen, strict=True):
        report.add(f"{one.key}Growth", f"{one.what}: two workers to one", two.per_second / one.per_second, "times")


async def _measure(workers: int, url: str, dovecot: Dovecot, report: Report) -> list[Rate]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        receiver = await stack.enter_async_context(Receiver())
        gateway = Gateway(folder, url, {}, arguments=("--workers", str(workers)))
        stack.push_async_callback(gateway.stop)
        await gateway.start()
        wanted = {"webhooksEnabled": True, "webhooks": receiver.url, "webhookEvents": ["messageNew"]}
        await gateway.call("POST", "/v1/settings", wanted)
        rates = [
            await _registrations(gateway, dovecot, report),
            await _connections(gateway, dovecot, report),
            await _requests(gateway, report),
            await _burst(gateway, dovecot, receiver, report),
        ]
    for each in rates:
        label = f"{workers} worker{'s' if workers > 1 else ''}: {each.what}"
        report.add(f"{each.key}{workers}", label, each.per_second, "/s")
        report.add(f"{each.key}Cpu{workers}", f"{label}: CPU each", each.cpu_each * 1000, "ms")
    return rates


async def _registrations(gateway: Gateway, dovecot: Dovecot, report: Report) -> Rate:
    """Register accounts that do not connect, and remove them again."""
    count = report.options.cluster_accounts
    watch = Stopwatch.start(gateway.pid)
    await call_many(gateway.base_url, gateway.token, registrations(dovecot, count, tls=False, disabled=True))
    rate = Rate("workersRegistrations", "registrations, IMAP disabled", count / watch.wall, watch.cpu / count)
    removals = (("DELETE", f"/v1/account/{account_id(number)}", None) for number in range(count))
    await call_many(gateway.base_url, gateway.token, removals)
    return rate


async def _connections(gateway: Gateway, dovecot: Dovecot, report: Report) -> Rate:
    """Register accounts that connect."""
    count = report.options.cluster_accounts
    watch = Stopwatch.start(gateway.pid)
    await call_many(gateway.base_url, gateway.token, registrations(dovecot, count, tls=False))
    await gateway.wait_connected(count)
    return Rate("workersConnected", "accounts registered and connected", count / watch.wall, watch.cpu / count)


async def _requests(gateway: Gateway, report: Report) -> Rate:
    seen = await load(gateway, _ASKED, report.options.request_seconds)
    if seen.errors:
        raise RuntimeError(f"GET {_ASKED}: {seen.errors} answers were no success")
    return Rate("workersReads", f"GET {_ASKED}", seen.per_second, seen.cpu_each)


async def _burst(gateway: Gateway, dovecot: Dovecot, receiver: Receiver, report: Report) -> Rate:
    count = report.options.burst
    seen = await burst(gateway, dovecot, receiver, count=count, accounts=report.options.cluster_accounts)
    if seen.lost or seen.twice:
        raise RuntimeError(f"{seen.lost} of {count} webhooks were lost, {seen.twice} came twice")
    return Rate("workersBurst", "webhooks in a burst", seen.per_second, seen.cpu / count)
