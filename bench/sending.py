"""Measures sending: how fast messages are accepted, and how fast they go out beside aiosmtplib alone."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosmtplib

from bench.connection import call_many
from bench.databases import make_postgres
from bench.gateway import Gateway
from bench.mailserver import account_id, letter, user
from bench.options import POSTGRES
from bench.processes import Stopwatch
from bench.report import Report, at_least
from bench.sink import MailSink, PostfixSink, running_sink, taken
from tests.live.dovecot import Dovecot
from tests.live.postfix import Postfix, postfix_is_installed

ACCOUNTS = 10
RECIPIENT = "ada@discard.test"
_QUEUE = "/v1/settings/queue/submit"
_SHARE = at_least(60)


async def measure_sending(reports: Sequence[Report]) -> None:
    """At a server that answers at once, and at a real one: the bare client, then a gateway on each engine."""
    beside, *engines = reports
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(make_postgres())
        sinks: list[MailSink] = [await stack.enter_async_context(running_sink())]
        if postfix_is_installed() and os.geteuid() == 0:
            dovecot = await stack.enter_async_context(Dovecot())
            sinks.append(PostfixSink(await stack.enter_async_context(Postfix(dovecot, starttls=False))))
        for sink in sinks:
            bare = {connections: await _bare(sink, connections, beside) for connections in (1, ACCOUNTS)}
            for report in engines:
                url = postgres.create_database() if report.column == POSTGRES else None
                with report.measured():
                    await _Measured(sink, bare, report).run(url)


async def _bare(sink: MailSink, connections: int, report: Report) -> float:
    """Return the messages per second of aiosmtplib, one after the other on each of the kept connections."""
    each = max(1, report.options.submissions // connections)
    already, began = await sink.count(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_send_bare(sink.port, each))
    rate = connections * each / (await taken(sink, already + connections * each) - began)
    report.add(*_sent(connections, sink), rate, "/s")
    return rate


def _sent(accounts: int, sink: MailSink) -> tuple[str, str]:
    """The key and the words for the rate over so many accounts, or kept connections of the bare client."""
    over = f"{accounts} account{'s' if accounts > 1 else ''}"
    return f"sent{accounts}{sink.key}", f"sent over {over}, {sink.name}"


async def _send_bare(port: int, count: int) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)
    async with client:
        await client.login(user(0), "pass")
        for number in range(count):
            await client.sendmail(user(0), [RECIPIENT], letter(1, f"bare-{number}"))


@dataclass(frozen=True, slots=True)
class _Cost:
    """Seconds of wall time, and of the gateway's CPU."""

    wall: float
    cpu: float


class _Measured:
    """One gateway at one mail server."""

    def __init__(self, sink: MailSink, bare: dict[int, float], report: Report) -> None:
        self._sink = sink
        self._bare = bare
        self._report = report

    async def run(self, url: str | None) -> None:
        """Measure on this database; None is the SQLite file of the gateway's own."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
            gateway = Gateway(folder, url, {})
            stack.push_async_callback(gateway.stop)
            await gateway.start()
            bodies = (_account(self._sink, number) for number in range(ACCOUNTS))
            await call_many(gateway.base_url, gateway.token, (("POST", "/v1/account", body) for body in bodies))
            # The first message of an account signs in.
            await self._send(gateway, 10 * ACCOUNTS, ACCOUNTS)
            for accounts in (1, ACCOUNTS):
                await self._measure(gateway, accounts)

    async def _measure(self, gateway: Gateway, accounts: int) -> None:
        count, report = self._report.options.submissions, self._report
        accepted, sent = await self._send(gateway, count, accounts)
        if accounts > 1 and not self._sink.key:
            report.add("accepted", "submissions accepted", count / accepted.wall, "/s", at_least(400))
            report.cpu("acceptedCpu", "submissions accepted: CPU each", accepted.cpu / count * 1000, "ms")
        key, what = _sent(accounts, self._sink)
        report.add(key, what, count / sent.wall, "/s")
        report.cpu(f"{key}Cpu", f"{what}: CPU each", sent.cpu / count * 1000, "ms")
        share = count / sent.wall / self._bare[accounts] * 100
        report.add(f"{key}Share", f"{what}: of the rate of aiosmtplib", share, "%", _SHARE)

    async def _send(self, gateway: Gateway, count: int, accounts: int) -> tuple[_Cost, _Cost]:
        """Fill the queue while it is paused, then let it go; return what each of the two cost."""
        already = await self._sink.count()
        await gateway.call("PUT", _QUEUE, {"paused": True})
        watch = Stopwatch.start(gateway.pid)
        await call_many(gateway.base_url, gateway.token, _submissions(count, accounts))
        accepted = _Cost(watch.wall, watch.cpu)
        watch = Stopwatch.start(gateway.pid)
        await gateway.call("PUT", _QUEUE, {"paused": False})
        await taken(self._sink, already + count)
        return accepted, _Cost(watch.wall, watch.cpu)


def _submissions(count: int, accounts: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number in range(count):
        body = {
            "to": [{"name": "Ada Example", "address": RECIPIENT}],
            "subject": f"bench-{number}",
            "text": "Hello.\n",
            "html": "<p>Hello.</p>",
        }
        yield "POST", f"/v1/account/{account_id(number % accounts)}/submit", body


def _account(sink: MailSink, number: int) -> dict[str, Any]:
    """An account that only sends."""
    sign_in = {"user": user(number), "pass": "pass"}
    smtp = {"host": "127.0.0.1", "port": sink.port, "secure": False, "auth": sign_in}
    return {"account": account_id(number), "name": f"User {number}", "email": user(number), "imap": False, "smtp": smtp}
