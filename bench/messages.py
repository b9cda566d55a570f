"""Measures messages: the time from delivery to webhook beside a bare IDLE client, and a burst."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest

from bench.gateway import Gateway
from bench.idlers import Idler
from bench.mailserver import Postman
from bench.options import Options
from bench.processes import Stopwatch
from bench.receiver import Received, Receiver
from bench.report import Report, at_least, at_most, percentile
from tests.live.dovecot import Dovecot

# So many accounts get the messages in turn, and as many mailboxes beside them, which only a bare client watches: two
# sessions of one Maildir hold each other up in Dovecot, by seconds now and then.
_WATCHED = 100
_PATIENCE = 30.0


async def measure_latency(dovecot: Dovecot, receiver: Receiver, report: Report) -> None:
    """Deliver at a steady rate to accounts and to bare IDLE clients alike, and compare when each is told."""
    options = report.options
    watched = min(_WATCHED, options.accounts)
    idlers = [await Idler.open(dovecot, options.accounts + number, tls=options.tls) for number in range(watched)]
    async with asyncio.TaskGroup() as group:
        idling = [group.create_task(idler.run()) for idler in idlers]
        await asyncio.sleep(1.0)
        sent = await _deliver_steadily(Postman(dovecot), options)
        arrived = await _arrivals(receiver, sent)
        for task in idling:
            task.cancel()
    for idler in idlers:
        idler.close()
    webhook = [at - sent[subject] for subject, at in arrived.items()]
    bare = [at - done for at, done in zip(_in_turn(idlers), sent.values(), strict=False)]
    _report_latency(report, webhook, bare)
    report.add("latencyLost", "of these lost", len(sent) - len(arrived), f"of {len(sent)}", at_most(0))


async def _deliver_steadily(postman: Postman, options: Options) -> dict[str, float]:
    """Deliver each message twice, to an account and to the mailbox beside it; return subject to when it was done."""
    sent: dict[str, float] = {}
    watched = min(_WATCHED, options.accounts)
    began = time.monotonic()
    for number in range(int(options.rate * options.latency_seconds)):
        await asyncio.sleep(max(0.0, began + number / options.rate - time.monotonic()))
        subject = f"latency-{number}"
        for mailbox in (number % watched, options.accounts + number % watched):
            postman.deliver(mailbox, subject)
        sent[subject] = time.monotonic()
    return sent


async def _arrivals(receiver: Receiver, sent: dict[str, float]) -> dict[str, float]:
    """Wait for the webhooks of all that was sent; return subject to time of those that came."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        arrived = {subject: each.at for each in receiver.requests if (subject := _subject(each)) in sent}
        if len(arrived) == len(sent) or time.monotonic() > deadline:
            return arrived
        await asyncio.sleep(0.2)


def _in_turn(idlers: list[Idler]) -> list[float]:
    """When the first idler saw its first message, the second its first, and so on, as they were delivered."""
    rounds = zip_longest(*(idler.seen for idler in idlers))
    return [at for each in rounds for at in each if at is not None]


def _report_latency(report: Report, webhook: list[float], bare: list[float]) -> None:
    if not webhook or not bare:
        raise RuntimeError(f"{len(webhook)} webhooks came, and the bare IDLE clients saw {len(bare)} messages")
    for percent in (50, 95, 99):
        told, seen = (1000 * percentile(times, percent) for times in (webhook, bare))
        report.add(f"webhook{percent}", f"delivery to webhook, p{percent}", told, "ms")
        report.add(f"bare{percent}", f"delivery to a bare IDLE client, p{percent}", seen, "ms")
        report.add(f"over{percent}", f"webhook over bare IDLE, p{percent}", told - seen, "ms", at_most(20))


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of many messages at once: webhooks per second from the first to the last, seconds until the last."""

    per_second: float
    seconds: float
    cpu: float
    lost: int
    twice: int


async def burst(gateway: Gateway, dovecot: Dovecot, receiver: Receiver, *, count: int, accounts: int) -> Burst:
    """Deliver `count` messages over all accounts as fast as the disk takes them; count what comes of it."""
    receiver.requests.clear()
    postman = Postman(dovecot)
    watch = Stopwatch.start(gateway.pid)
    began = time.monotonic()
    for number in range(count):
        postman.deliver(number % accounts, f"burst-{number}")
        # The receiver lives in this process and has to stay awake.
        if number % 50 == 0:
            await asyncio.sleep(0)
    await receiver.quiet(count)
    arrived = [each for each in receiver.requests if _subject(each).startswith("burst-")]
    if not arrived:
        raise RuntimeError("no webhook of the burst arrived")
    last = max(each.at for each in arrived)
    span = last - min(each.at for each in arrived)
    subjects = Counter(_subject(each) for each in arrived)
    rate = len(arrived) / max(span, 0.001)
    return Burst(rate, last - began, watch.cpu, count - len(subjects), len(arrived) - len(subjects))


async def measure_burst(gateway: Gateway, dovecot: Dovecot, receiver: Receiver, report: Report) -> None:
    """Report a burst over all accounts."""
    count = report.options.burst
    seen = await burst(gateway, dovecot, receiver, count=count, accounts=report.options.accounts)
    report.add("burstRate", "burst: webhooks, first to last", seen.per_second, "/s", at_least(1000))
    report.add("burstTime", f"burst: {count} delivered to last webhook", seen.seconds, "s")
    report.add("burstCpu", "burst: CPU per message, notice to webhook", seen.cpu / count * 1000, "ms")
    report.add("burstLost", "burst: lost", seen.lost, "", at_most(0))
    report.add("burstTwice", "burst: duplicated", seen.twice, "", at_most(0))


def _subject(request: Received) -> str:
    event = request.json()
    return str(event["data"].get("subject", "")) if event["event"] == "messageNew" else ""
