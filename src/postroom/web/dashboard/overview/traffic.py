"""The last hour as charts: events, deliveries and sent messages by the minute. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from postroom.footprint.dataclass import dataclass
from postroom.web.charts.bars import stacked_bars
from postroom.web.charts.scale import MINUTE_MS
from postroom.web.charts.series import Series

__all__ = ["NAMES", "SPAN_MS", "Flow", "Traffic", "traffic_of"]

SPAN_MS: Final = 60 * MINUTE_MS
"""How far back the charts go."""

NAMES: Final = (
    "events",
    "events:messageNew",
    "deliveries:delivered",
    "deliveries:retry",
    "deliveries:dead",
    "submissions:sent",
    "submissions:deferred",
    "submissions:failed",
    "submissions:unknown",
)
"""The counted names that the charts are made of."""

_RECENT: Final = 5


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind of traffic: its chart, how much a minute of late, how much in the hour, and how much of it failed."""

    title: str
    chart: Markup
    a_minute: str
    in_hour: int
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    """The traffic of the last hour. `sending` is None where nothing was sent."""

    events: Flow
    deliveries: Flow
    sending: Flow | None


def traffic_of(minutes: Mapping[str, Sequence[int]], now: int) -> Traffic:
    """Return the charts of counted minutes, oldest first; the last one is that of `now` and not over yet."""
    count = len(minutes["events"])
    begin = now - now % MINUTE_MS - (count - 1) * MINUTE_MS

    def flow(title: str, *series: Series) -> Flow:
        sums = [sum(each.values[at] for each in series) for at in range(count)]
        failed = sum(sum(each.values) for each in series if each.tone in ("wait", "bad"))
        return Flow(title, stacked_bars(series, title=title, begin=begin), _a_minute(sums), sum(sums), failed)

    new = minutes["events:messageNew"]
    others = [total - part for total, part in zip(minutes["events"], new, strict=True)]
    lost = [a + b for a, b in zip(minutes["submissions:failed"], minutes["submissions:unknown"], strict=True)]
    sending = flow(
        "Messages sent a minute",
        Series("Sent", "ok", minutes["submissions:sent"]),
        Series("Tried again", "wait", minutes["submissions:deferred"]),
        Series("Failed or unknown", "bad", lost),
    )
    return Traffic(
        events=flow("Events a minute", Series("New messages", "busy", new), Series("Other events", "idle", others)),
        deliveries=flow(
            "Deliveries a minute",
            Series("Delivered", "ok", minutes["deliveries:delivered"]),
            Series("Failed, tried again", "wait", minutes["deliveries:retry"]),
            Series("Given up", "bad", minutes["deliveries:dead"]),
        ),
        sending=sending if sending.in_hour else None,
    )


def _a_minute(sums: Sequence[int]) -> str:
    """Return the mean of the last complete minutes, with one decimal where it is small."""
    recent = sums[:-1][-_RECENT:]
    mean = sum(recent) / len(recent) if recent else 0.0
    return f"{mean:,.0f}" if mean >= 10 or mean == int(mean) else f"{mean:.1f}"
