"""A strip that shows which states something was in over a time, with how long it was in each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from postroom.footprint.dataclass import dataclass
from postroom.web.charts.scale import time_of_day, time_span
from postroom.web.charts.series import legend
from postroom.web.charts.svg import element, figure, plot
from postroom.web.design.tones import Tone

__all__ = ["Segment", "state_strip"]

_WIDTH: Final = 1000
_HEIGHT: Final = 24
_LEAST: Final = 2
_DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """One state from `begin` until `end`, milliseconds since 1970. `label` is its name for people."""

    begin: int
    end: int
    label: str
    tone: Tone


def state_strip(segments: Sequence[Segment], *, title: str) -> Markup:
    """Return the strip from the first segment's begin to the last one's end; nothing without segments.

    The segments are in order, and each begins where the one before ends. Even the shortest is visible.
    """
    if not segments:
        return Markup("")
    begin, end = segments[0].begin, segments[-1].end
    scale = _WIDTH / max(end - begin, 1)
    drawing = plot(
        f"{title}: {_in_words(segments)}",
        _WIDTH,
        _HEIGHT,
        *(_mark(each, (each.begin - begin) * scale, scale) for each in segments),
        class_="strip",
    )
    known = legend(*((label, tone, time_span(span)) for (label, tone), span in _spans(segments).items()))
    return figure(drawing, _axis(begin, end), known, class_="states")


def _mark(segment: Segment, x: float, scale: float) -> Markup:
    told = f"{segment.label}, {time_of_day(segment.begin)}–{time_of_day(segment.end)} UTC ({_span_of(segment)})"
    width = max((segment.end - segment.begin) * scale, _LEAST)
    return element(
        "rect",
        element("title", told),
        x=min(x, _WIDTH - width),
        y=0,
        width=width,
        height=_HEIGHT,
        class_=f"shape tone-{segment.tone}",
    )


def _span_of(segment: Segment) -> str:
    return time_span(max(segment.end - segment.begin, 0))


def _spans(segments: Sequence[Segment]) -> dict[tuple[str, Tone], int]:
    """Return how long each state lasted altogether, the longest first."""
    spans: dict[tuple[str, Tone], int] = {}
    for each in segments:
        key = (each.label, each.tone)
        spans[key] = spans.get(key, 0) + max(each.end - each.begin, 0)
    return dict(sorted(spans.items(), key=lambda item: -item[1]))


def _in_words(segments: Sequence[Segment]) -> str:
    return ", ".join(f"{label} {time_span(span)}" for (label, _), span in _spans(segments).items())


def _axis(begin: int, end: int) -> Markup:
    """Return the times at both ends; with more than a day between them they say how long ago that was."""
    first = f"{time_span(end - begin)} ago" if end - begin > _DAY_MS else f"{time_of_day(begin)} UTC"
    last = "now" if end - begin > _DAY_MS else f"{time_of_day(end)} UTC"
    return element("div", element("span", first), element("span", last), class_="axis", aria_hidden="true")
