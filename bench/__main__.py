"""`python -m bench`: runs the parts one after the other against one gateway and one Dovecot, and prints the table."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import uvloop
from rich.console import Console

from bench.accounts import Accounts
from bench.first_sync import measure_first_sync
from bench.gateway import Gateway
from bench.load import load
from bench.mail import measure_mail
from bench.mailserver import account_id, make_dovecot
from bench.messages import measure_burst, measure_latency
from bench.options import GATEWAY_PARTS, Options, parse
from bench.receiver import Receiver
from bench.report import Report, at_least
from bench.scale import measure_scale
from bench.sending import measure_sending
from bench.takeover import measure_takeover
from bench.workers import measure_workers
from tests.live.dovecot import Dovecot, dovecot_is_installed
from tests.live.postgres import Postgres


async def run(report: Report) -> None:
    """Every part that was asked for."""
    if any(name in report.options.parts for name in GATEWAY_PARTS):
        await run_gateway(report)
    parts: dict[str, Callable[[Report], Awaitable[None]]] = {
        "takeover": measure_takeover,
        "workers": measure_workers,
        "sending": measure_sending,
        "scale": measure_scale,
    }
    for name, part in parts.items():
        if name in report.options.parts:
            report.take_yardstick()
            await part(report)


async def run_gateway(report: Report) -> None:
    """One gateway from its first start to the last figure."""
    options = report.options
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        database_url = stack.enter_context(_database(options))
        dovecot = await stack.enter_async_context(make_dovecot(options.accounts, tls=options.tls))
        receiver = await stack.enter_async_context(Receiver())
        gateway = Gateway(folder, database_url, {"POSTROOM_CA_FILE": str(dovecot.ca_file)})
        stack.push_async_callback(gateway.stop)
        await gateway.start()
        await measure(gateway, dovecot, receiver, report)


async def measure(gateway: Gateway, dovecot: Dovecot, receiver: Receiver, report: Report) -> None:
    """Every part that was asked for, in an order in which none disturbs the next."""
    wanted = {"webhooksEnabled": True, "webhooks": receiver.url, "webhookEvents": ["messageNew"]}
    await gateway.call("POST", "/v1/settings", wanted)
    accounts = Accounts(gateway, dovecot, report)
    await accounts.measure_empty()
    await accounts.register_at_rest()
    await accounts.prepare_mailboxes()
    await accounts.register()
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "connect": accounts.measure_restart,
        "idle": accounts.measure_idle,
        "requests": lambda: measure_requests(gateway, report),
        "latency": lambda: measure_latency(dovecot, receiver, report),
        "burst": lambda: measure_burst(gateway, dovecot, receiver, report),
        "first-sync": lambda: measure_first_sync(gateway, dovecot, report),
        "mail": lambda: measure_mail(gateway, dovecot, receiver, report),
    }
    for name, part in parts.items():
        report.take_yardstick()
        if name in report.options.parts:
            await part()
    accounts.measure_memory("memoryAtEnd", "memory at the end", aim=False)


async def measure_requests(gateway: Gateway, report: Report) -> None:
    """How fast the API answers what programs ask most."""
    asked = {"list": "/v1/accounts?pageSize=20", "get": f"/v1/account/{account_id(report.options.accounts - 1)}"}
    for key, path in asked.items():
        result = await load(gateway, path, report.options.request_seconds)
        if result.errors:
            raise RuntimeError(f"GET {path}: {result.errors} answers were no success")
        report.add(f"{key}Rate", f"GET {path} ({result.generator})", result.per_second, "/s", at_least(2000))
        report.add(f"{key}Cpu", f"GET {path}: CPU each", result.cpu_each * 1e6, "µs")


@contextmanager
def _database(options: Options) -> Iterator[str | None]:
    """None stands for the SQLite file of the gateway's own."""
    if not options.postgres:
        yield None
        return
    with Postgres() as server:
        yield server.create_database()


def main() -> int:
    """Measure, print the table, write the JSON file."""
    options = parse()
    console = Console()
    if not dovecot_is_installed():
        console.print("The bench needs a real Dovecot: apt-get install dovecot-imapd")
        return 1
    report = Report(options, lambda line: console.print(line, highlight=False))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(report))
    finally:
        if report.figures:
            report.print(console)
            console.print(f"written to {report.write(options.results)}")
    return 0


sys.exit(main())
