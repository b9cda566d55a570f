"""`python -m bench`: runs the parts one after the other, and prints the tables."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

import uvloop
from rich.console import Console

from bench.databases import make_postgres
from bench.mailserver import make_dovecot
from bench.options import GATEWAY_PARTS, POSTGRES, SQLITE, Options, parse
from bench.results import Results
from bench.scale import measure_scale
from bench.sending import measure_sending
from bench.subject import subject
from bench.takeover import measure_takeover
from bench.turns import measure_in_turns
from bench.workers import measure_workers
from tests.live.dovecot import dovecot_is_installed

_WIDTH = 160


async def run(results: Results) -> None:
    """Every part that was asked for."""
    parts, cluster = results.options.parts, f"{results.options.cluster_accounts} accounts, plaintext, PostgreSQL"
    if any(name in parts for name in GATEWAY_PARTS):
        await run_gateways(results)
    if "takeover" in parts:
        (report,) = results.section("takeover", f"Take-over: three nodes, {cluster}", POSTGRES)
        with report.measured():
            await measure_takeover(report)
    if "workers" in parts:
        await measure_workers(results.section("workers", f"Workers: {cluster}", "1 worker", "2 workers", ratio="2 : 1"))
    if "sending" in parts:
        what = f"Sending: {results.options.submissions} messages"
        await measure_sending(results.section("sending", what, "aiosmtplib", SQLITE, POSTGRES))
    if "scale" in parts:
        (report,) = results.section("scale", "Queries of a cluster", POSTGRES)
        await measure_scale(report)


async def run_gateways(results: Results) -> None:
    """A gateway on each engine, from its first start to its last figure; they share one Dovecot."""
    options = results.options
    reports = results.section("gateway", _title(options), *options.engines)
    mail = results.section("mail", "Mail: an account with 20,000 messages, plaintext", *options.engines)
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(make_postgres()) if POSTGRES in options.engines else None
        accounts = options.accounts * len(options.engines)
        dovecot = await stack.enter_async_context(make_dovecot(accounts, tls=options.tls))
        subjects = [
            await stack.enter_async_context(subject(dovecot, postgres, numbers, {"gateway": own, "mail": its_mail}))
            for numbers, own, its_mail in zip(_shares(options), reports, mail, strict=True)
        ]
        await measure_in_turns(subjects)


def _shares(options: Options) -> Sequence[range]:
    """The numbers of the accounts of each gateway."""
    return [range(at * options.accounts, (at + 1) * options.accounts) for at in range(len(options.engines))]


def _title(options: Options) -> str:
    return f"{options.accounts:,} accounts, {'TLS' if options.tls else 'plaintext'}"


def main() -> int:
    """Measure, print the tables, write the JSON file."""
    options = parse()
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    if not dovecot_is_installed():
        console.print("The bench needs a real Dovecot: apt-get install dovecot-imapd")
        return 1
    results = Results(options, lambda line: console.print(line, highlight=False))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(results))
    finally:
        if results.known:
            results.print(console)
            console.print(f"written to {results.write(options.results)}")
    if options.fill is not None:
        results.fill(options.fill)
    return 0


sys.exit(main())
