"""Measures sending: how fast messages are accepted, and how fast they go out beside aiosmtplib alone."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosmtplib

from bench.connection import call_many
from bench.gateway import Gateway
from bench.mailserver import account_id, letter, user
from bench.processes import Stopwatch
from bench.report import Report, at_least
from bench.sink import Sink, running_sink
from tests.live.postgres import Postgres

ACCOUNTS = 10
_QUEUE = "/v1/settings/queue/submit"
_HTML = "<p>Hello.</p>"


@dataclass(frozen=True, slots=True)
class Sent:
    """How fast messages went out, and the CPU seconds of the gateway for each."""

    per_second: float
    cpu_each: float


async def measure_sending(report: Report) -> None:
    """The bare client first, then a gateway on each engine."""
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(running_sink())
        bare = {count: await _bare(sink, count, report) for count in (1, ACCOUNTS)}
        await _gateway(sink, "SQLite", None, bare, report)
        postgres = stack.enter_context(Postgres())
        await _gateway(sink, "PostgreSQL", postgres.create_database(), bare, report)


async def _bare(sink: Sink, connections: int, report: Report) -> float:
    """Return the messages per second of aiosmtplib, one after the other on each of the kept connections."""
    each = max(1, report.options.submissions // connections)
    already, began = await sink.count(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_send_bare(sink.port, each))
    rate = connections * each / (await sink.until(already + connections * each) - began)
    report.add(f"bareSent{connections}", f"aiosmtplib alone, kept connections: {connections}", rate, "/s")
    return rate


async def _send_bare(port: int, count: int) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)
    async with client:
        await client.login("user", "pass")
        for number in range(count):
            await client.sendmail(user(0), [user(1)], letter(1, f"bare-{number}"))


async def _gateway(sink: Sink, engine: str, url: str | None, bare: dict[int, float], report: Report) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        gateway = Gateway(folder, url, {})
        stack.push_async_callback(gateway.stop)
        await gateway.start()
        bodies = (_account(sink, number) for number in range(ACCOUNTS))
        await call_many(gateway.base_url, gateway.token, (("POST", "/v1/account", body) for body in bodies))
        # The first message of an account signs in.
        await _sent(gateway, sink, 10 * ACCOUNTS, ACCOUNTS)
        await _accepted(gateway, sink, engine, report)
        for accounts in (1, ACCOUNTS):
            sent = await _sent(gateway, sink, report.options.submissions, accounts)
            label = f"{engine}: sent over {accounts} account{'s' if accounts > 1 else ''}"
            key = f"sent{engine}{accounts}"
            report.add(key, label, sent.per_second, "/s")
            report.add(f"{key}Cpu", f"{label}: CPU each", sent.cpu_each * 1000, "ms")
            share = sent.per_second / bare[accounts] * 100
            report.add(f"{key}Share", f"{label}: of the bare rate", share, "%", at_least(60))


async def _accepted(gateway: Gateway, sink: Sink, engine: str, report: Report) -> None:
    """Submit while nothing is sent; send it all afterwards."""
    count = report.options.submissions
    already = await sink.count()
    await gateway.call("PUT", _QUEUE, {"paused": True})
    watch = Stopwatch.start(gateway.pid)
    await call_many(gateway.base_url, gateway.token, _submissions(count, ACCOUNTS))
    wall, cpu = watch.wall, watch.cpu
    report.add(f"accepted{engine}", f"{engine}: submissions accepted", count / wall, "/s", at_least(400))
    report.add(f"accepted{engine}Cpu", f"{engine}: submissions accepted: CPU each", cpu / count * 1000, "ms")
    await gateway.call("PUT", _QUEUE, {"paused": False})
    await sink.until(already + count)


async def _sent(gateway: Gateway, sink: Sink, count: int, accounts: int) -> Sent:
    """Fill the queue while it is paused; measure from the end of the pause to the last message."""
    already = await sink.count()
    await gateway.call("PUT", _QUEUE, {"paused": True})
    await call_many(gateway.base_url, gateway.token, _submissions(count, accounts))
    watch = Stopwatch.start(gateway.pid)
    began = time.monotonic()
    await gateway.call("PUT", _QUEUE, {"paused": False})
    wall = await sink.until(already + count) - began
    return Sent(count / wall, watch.cpu / count)


def _submissions(count: int, accounts: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in range(count):
        body = {
            "to": [{"name": "Ada Example", "address": user(1)}],
            "subject": f"bench-{number}",
            "text": "Hello.\n",
            "html": _HTML,
        }
        yield "POST", f"/v1/account/{account_id(number % accounts)}/submit", body


def _account(sink: Sink, number: int) -> dict[str, Any]:
    """An account that only sends."""
    smtp = {"host": "127.0.0.1", "port": sink.port, "secure": False, "auth": {"user": user(number), "pass": "pass"}}
    return {"account": account_id(number), "name": f"User {number}", "email": user(number), "imap": False, "smtp": smtp}
