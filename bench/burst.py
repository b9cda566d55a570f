"""Measures a burst: many messages at once, over all accounts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.gateway import Gateway
from bench.mailserver import Postman
from bench.processes import Stopwatch
from bench.receiver import Receiver
from bench.report import at_least, at_most
from bench.subject import Subject
from tests.live.dovecot import Dovecot


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of many messages at once: webhooks per second from the first to the last, seconds until the last.

    `cpu` are seconds of the gateway, `delivering` are those of the bench for the deliveries.
    """

    per_second: float
    seconds: float
    cpu: float
    delivering: float
    lost: int
    twice: int


async def burst(
    gateway: Gateway, dovecot: Dovecot, receiver: Receiver, *, count: int, mailboxes: Sequence[int]
) -> Burst:
    """Deliver `count` messages over the mailboxes as fast as the disk takes them; count what comes of it."""
    receiver.requests.clear()
    postman = Postman(dovecot)
    watch = Stopwatch.start(gateway.pid)
    began = time.monotonic()
    for number in range(count):
        postman.deliver(mailboxes[number % len(mailboxes)], f"burst-{number}")
        # The receiver lives in this process and has to stay awake.
        if number % 50 == 0:
            await asyncio.sleep(0)
    await receiver.quiet(count)
    cpu = watch.cpu
    arrived = [each for each in receiver.requests if each.subject.startswith("burst-")]
    if not arrived:
        raise RuntimeError("no webhook of the burst arrived")
    last = max(each.at for each in arrived)
    span = last - min(each.at for each in arrived)
    subjects = Counter(each.subject for each in arrived)
    rate = len(arrived) / max(span, 0.001)
    return Burst(rate, last - began, cpu, postman.cpu, count - len(subjects), len(arrived) - len(subjects))


async def measure_burst(subject: Subject) -> None:
    """Report a burst over all accounts."""
    report, count = subject.report, subject.options.burst
    seen = await burst(subject.gateway, subject.dovecot, subject.receiver, count=count, mailboxes=subject.numbers)
    report.add("burstRate", "burst: webhooks, first to last", seen.per_second, "/s", at_least(1000))
    report.add("burstTime", f"burst: {count} delivered to last webhook", seen.seconds, "s")
    aim = report.at_most(sqlite=1.0, postgres=1.5)
    report.cpu("burstCpu", "burst: CPU per message, notice to webhook", seen.cpu / count * 1000, "ms", aim)
    report.add("burstLost", "burst: lost", seen.lost, "", at_most(0))
    report.add("burstTwice", "burst: duplicated", seen.twice, "", at_most(0))
