"""Measures a quiet day: messages come one by one, spread over all accounts; what each costs, and when it is told of.

CPU is all that the gateway takes in that time, with what it does anyway: that is what an operator pays. What it does
without messages is measured just before, and is a row of its own. So is the first webhook of the process: it loads the
HTTP library, which happens once and not on every day. A few more messages follow, because statements are compiled when
they run for the second time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import zip_longest

from bench.idlers import Idler
from bench.mailserver import Postman
from bench.options import Options
from bench.processes import Stopwatch
from bench.receiver import Receiver
from bench.report import Report, at_most, percentile
from bench.subject import Subject

_BEFORE = 10.0
_PATIENCE = 30.0
_FIRST = "first"
_THEN = ("second", "third", "fourth")
# The aims for the median, and for the slowest messages.
_LATER = {50: 8, 95: 20, 99: 20}


async def measure_quiet(subject: Subject) -> None:
    """Deliver at a steady rate to accounts and to bare IDLE clients alike, and compare when each is told."""
    report, receiver = subject.report, subject.receiver
    await _measure_first(subject)
    for title in _THEN:
        await _deliver_one(subject, title)
    receiver.requests.clear()
    async with _bare_clients(subject) as idlers:
        idle = Stopwatch.start(subject.gateway.pid)
        await asyncio.sleep(_BEFORE)
        idle_share = idle.cpu / idle.wall
        watch = Stopwatch.start(subject.gateway.pid)
        database = None if subject.postgres is None else Stopwatch.start(subject.postgres.pid)
        sent = await _deliver_steadily(Postman(subject.dovecot), subject)
        arrived = await _arrivals(receiver, sent)
        wall, cpu = watch.wall, watch.cpu
        database_cpu = 0.0 if database is None else database.cpu
    count = len(sent)
    aim = report.at_most(sqlite=3.5, postgres=5)
    report.cpu("quietCpu", f"quiet day, {_rate(report.options)}: CPU per message", cpu / count * 1000, "ms", aim)
    report.cpu("quietIdle", "quiet day: of it without messages", idle_share * wall / count * 1000, "ms")
    if database is not None:
        report.cpu("quietDatabase", "quiet day: PostgreSQL's CPU per message", database_cpu / count * 1000, "ms")
    webhook = [at - sent[title] for title, at in arrived.items()]
    bare = [at - done for at, done in zip(in_turn([idler.seen for idler in idlers]), sent.values(), strict=False)]
    _report_latency(report, webhook, bare)
    report.add("quietLost", "quiet day: lost", count - len(arrived), f"of {count}", at_most(0))


async def _measure_first(subject: Subject) -> None:
    """Report what the first webhook takes."""
    watch = Stopwatch.start(subject.gateway.pid)
    await _deliver_one(subject, _FIRST)
    subject.report.cpu("quietFirst", "quiet day: the first webhook of a process, CPU", watch.cpu * 1000, "ms")


async def _deliver_one(subject: Subject, title: str) -> None:
    """Deliver a message and wait for its webhook."""
    Postman(subject.dovecot).deliver(subject.numbers[0], title)
    if not await _arrivals(subject.receiver, {title: time.monotonic()}):
        raise RuntimeError(f"the webhook of the {title} message did not come")


def in_turn(seen: Sequence[Sequence[float]]) -> list[float]:
    """When the first client saw its first message, the second its first, and so on, as they were delivered."""
    return [at for each in zip_longest(*seen) for at in each if at is not None]


@asynccontextmanager
async def _bare_clients(subject: Subject) -> AsyncIterator[list[Idler]]:
    """Clients in IDLE on mailboxes that nobody else watches."""
    idlers = [await Idler.open(subject.dovecot, number, tls=subject.options.tls) for number in subject.bare]
    async with asyncio.TaskGroup() as group:
        idling = [group.create_task(idler.run()) for idler in idlers]
        await asyncio.sleep(1.0)
        yield idlers
        for task in idling:
            task.cancel()
    for idler in idlers:
        idler.close()


async def _deliver_steadily(postman: Postman, subject: Subject) -> dict[str, float]:
    """Deliver each message to an account and to a mailbox beside it; return its subject, and when it was done."""
    sent: dict[str, float] = {}
    options, began = subject.options, time.monotonic()
    for number in range(int(options.rate * options.quiet_seconds)):
        await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))
        title = f"quiet-{number}"
        for mailboxes in (subject.numbers, subject.bare):
            postman.deliver(mailboxes[number % len(mailboxes)], title)
        sent[title] = time.monotonic()
    return sent


async def _arrivals(receiver: Receiver, sent: dict[str, float]) -> dict[str, float]:
    """Wait for the webhooks of all that was sent; return subject to time of those that came."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        arrived = {each.subject: each.at for each in receiver.requests if each.subject in sent}
        if len(arrived) == len(sent) or time.monotonic() > deadline:
            return arrived
        await asyncio.sleep(0.2)


def _report_latency(report: Report, webhook: list[float], bare: list[float]) -> None:
    if not webhook or not bare:
        raise RuntimeError(f"{len(webhook)} webhooks came, and the bare IDLE clients saw {len(bare)} messages")
    for percent, limit in _LATER.items():
        told, seen = (1000 * percentile(times, percent) for times in (webhook, bare))
        report.add(f"webhook{percent}", f"delivery to webhook, p{percent}", told, "ms")
        report.add(f"bare{percent}", f"delivery to a bare IDLE client, p{percent}", seen, "ms")
        report.add(f"over{percent}", f"webhook over bare IDLE, p{percent}", told - seen, "ms", at_most(limit))


def _rate(options: Options) -> str:
    return f"{options.rate:g} messages a second"
