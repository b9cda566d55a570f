"""Runs the parts in turns: each part on one engine after the other, so that a busy minute strikes both.

The gateways live at the same time, each with accounts of its own, because to connect a thousand accounts before each
part would take longer than the parts. One at rest takes about one percent of a core, which is measured. Only where
memory is measured the others are stopped: pages that two gateways share would count for each by half.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench.accounts import measure_empty, measure_idle, measure_restart, register, register_at_rest
from bench.burst import measure_burst
from bench.first_sync import measure_first_sync
from bench.idlers import Idler
from bench.mail import measure_mail
from bench.quiet import measure_quiet
from bench.reads import measure_reads
from bench.subject import Subject


@dataclass(frozen=True, slots=True)
class Part:
    """What is measured of one gateway; `alone`: no other gateway may run."""

    name: str
    measure: Callable[[Subject], Awaitable[None]]
    alone: bool = False


# Without these there is nothing to measure.
_EMPTY = Part("empty", measure_empty, alone=True)
_REGISTERED = (Part("at rest", register_at_rest), Part("registered", register))
# In an order in which none disturbs the next.
_PARTS = (
    Part("connect", measure_restart, alone=True),
    Part("idle", measure_idle),
    Part("requests", measure_reads),
    Part("quiet", measure_quiet),
    Part("burst", measure_burst),
    Part("first-sync", measure_first_sync),
    Part("mail", measure_mail),
)


async def measure_in_turns(subjects: Sequence[Subject]) -> None:
    """Every part that was asked for."""
    options = subjects[0].options
    await _take(_EMPTY, subjects, accounts=0)
    numbers = [*(number for each in subjects for number in each.numbers), *subjects[0].bare]
    # Making mailboxes is not to be charged to the gateway.
    await Idler.prepare_all(subjects[0].dovecot, numbers, tls=options.tls)
    for part in _REGISTERED:
        await _take(part, subjects, accounts=0)
    for part in _PARTS:
        if part.name in options.parts:
            await _take(part, subjects, accounts=options.accounts)


async def _take(part: Part, subjects: Sequence[Subject], *, accounts: int) -> None:
    """Run a part for one gateway after the other, each with so many accounts connected before."""
    for subject in subjects:
        for other in subjects:
            if part.alone and other is not subject:
                await other.gateway.stop()
        if not subject.gateway.is_running:
            await subject.gateway.start()
            await subject.gateway.wait_connected(accounts)
        subject.report.say(f"{part.name} on {subject.engine}")
        report = subject.mail if part.name == "mail" else subject.report
        with report.measured():
            await part.measure(subject)
