"""The overview: what needs a person first, then whether mail flows."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from postroom.accounts.lifecycle import State
from postroom.attention.need import Need
from postroom.cluster.node import Node
from postroom.footprint.dataclass import dataclass
from postroom.web.charts.shares import Share, share_bar
from postroom.web.dashboard import live
from postroom.web.dashboard.accounts.paths import list_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.overview.traffic import NAMES, SPAN_MS, traffic_of
from postroom.web.dashboard.overview.verdict import TONES, verdict
from postroom.web.dashboard.overview.ways import NODES, NextStep, way_to
from postroom.web.dashboard.rendering import page, part
from postroom.web.design.tones import Tone, label, tone

__all__ = ["PAGES", "show"]

_SHOWN: Final = 8
"""So many needs are shown at once; others open below."""

_MOST: Final = 100
"""More needs than these are only counted: nobody reads them, and the page comes again and again."""

_LATE_MS: Final = 60_000
_VERY_LATE_MS: Final = 15 * 60_000
_WORST_FIRST: Final[tuple[Tone, ...]] = ("bad", "wait", "busy", "idle", "ok")


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /"""
    needs, states = await desk.attention.needs(), await desk.accounts.state_counts()
    queue, outbox, nodes = await desk.deliveries.waiting(), await desk.outbox.counts(), await desk.nodes.all()
    now = desk.clock()
    values = {
        "stream": live.url("overview"),
        "is_part": visit.wants_part,
        "verdict": verdict(needs, states),
        "needs": [_line(need, now) for need in needs[:_MOST]],
        "all_needs": len(needs),
        "shown": _SHOWN,
        "total": sum(states.values()),
        "states": _states(states),
        "share_bar": _share_bar(states),
        "traffic": traffic_of(await desk.statistics.minutes(NAMES, now - SPAN_MS + 1), now),
        "queue": queue,
        "lateness": _lateness(queue.oldest_age),
        "outbox": outbox,
        "nodes": nodes,
        "nodes_told": _nodes_told(nodes),
        "nodes_path": NODES,
    }
    return part("overview_now.html", visit, values) if visit.wants_part else page("overview.html", visit, values)


def _states(counts: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Return the states that any account is in, the worst first: name, number, path of the list."""
    there = [state.value for state in State if counts.get(state.value)]
    there.sort(key=lambda state: _WORST_FIRST.index(tone(state)))
    return [(state, counts[state], list_path({"state": state})) for state in there]


def _share_bar(counts: Mapping[str, int]) -> Markup:
    shares = [Share(label(state), tone(state), number) for state, number, _ in reversed(_states(counts))]
    return share_bar(shares, title="Accounts by state")


def _lateness(age: int) -> Tone:
    """Return how it looks that the oldest delivery is this old, in milliseconds."""
    return "ok" if age < _LATE_MS else "wait" if age < _VERY_LATE_MS else "bad"


def _nodes_told(nodes: list[Node]) -> str:
    draining = sum(node.draining for node in nodes)
    return f"{draining} draining" if draining else "none draining"


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need as it is shown. `key` is the id of its element, by which the browser finds it when it is loaded anew."""

    need: Need
    tone: Tone
    key: str
    way: NextStep | None
    age: int | None


def _line(need: Need, now: int) -> NeedLine:
    key = sha256(repr((need.about, need.cure)).encode()).hexdigest()[:10]
    age = max(now - need.since, 0) if need.since is not None else None
    return NeedLine(need, TONES[need.urgency], f"need-{key}", way_to(need.about), age)


PAGES: Final = (DeskPage("GET", "/", show),)
