"""Stacked bars over time, one bar for each step such as a minute, with a legend and a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from postroom.web.charts.scale import MINUTE_MS, round_top, thousands, time_of_day
from postroom.web.charts.series import Series, legend
from postroom.web.charts.svg import element, figure, plot

__all__ = ["stacked_bars"]

_HEIGHT: Final = 100
_STEP: Final = 10
_WIDE: Final = 8
"""A bar takes 8 of the 10 units of its step, so bars stay apart."""


def stacked_bars(series: Sequence[Series], *, title: str, begin: int, step: int = MINUTE_MS) -> Markup:
    """Return bars with the values of all series on top of one another, the first at the bottom.

    `begin` is the time of the first bar, `step` the time between two, in milliseconds. All series are equally long.
    """
    count = len(series[0].values) if series else 0
    sums = [sum(each.values[at] for each in series) for at in range(count)]
    top = round_top(max(sums, default=0))
    times = [time_of_day(begin + at * step) for at in range(count)]
    drawing = plot(
        f"{title}: {_in_words(series)}",
        max(count, 1) * _STEP,
        _HEIGHT,
        element("path", d=f"M0 {_HEIGHT / 2}H{max(count, 1) * _STEP}", class_="grid"),
        *(_bar(series, at, times[at], top) for at in range(count) if sums[at]),
        class_="bars",
    )
    scale = element("div", element("span", thousands(top)), element("span", "0"), class_="scale", aria_hidden="true")
    known = legend(*((each.label, each.tone, thousands(sum(each.values))) for each in series))
    framed = element("div", drawing, scale, _axis(times), class_="framed")
    return figure(framed, known, _table(series, times), class_="over-time")


def _bar(series: Sequence[Series], at: int, time: str, top: int) -> Markup:
    parts: list[Markup] = []
    height = 0.0
    for each in series:
        part = each.values[at] / top * _HEIGHT
        if part:
            height += part
            parts.append(
                element(
                    "rect",
                    x=at * _STEP + (_STEP - _WIDE) / 2,
                    y=_HEIGHT - height,
                    width=_WIDE,
                    height=part,
                    class_=f"shape tone-{each.tone}",
                )
            )
    told = ", ".join(f"{each.label} {thousands(each.values[at])}" for each in series)
    return element("g", element("title", f"{time} UTC: {told}"), *parts)


def _in_words(series: Sequence[Series]) -> str:
    return ", ".join(f"{each.label} {thousands(sum(each.values))}" for each in series) or "nothing"


def _axis(times: Sequence[str]) -> Markup:
    """Return the first, the middle and the last time below the bars."""
    chosen = [times[0], times[len(times) // 2], f"{times[-1]} UTC"] if len(times) > 2 else list(times)
    return element("div", *(element("span", each) for each in chosen), class_="axis", aria_hidden="true")


def _table(series: Sequence[Series], times: Sequence[str]) -> Markup:
    """Return the numbers as a table that is closed at first; steps without anything are left out."""
    head = element("tr", element("th", "Time (UTC)", scope="col"), *(_cell("th", each.label) for each in series))
    rows = [
        element("tr", element("th", time, scope="row"), *(_cell("td", thousands(each.values[at])) for each in series))
        for at, time in enumerate(times)
        if any(each.values[at] for each in series)
    ]
    if not rows:
        return Markup("")
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("details", element("summary", "Show as a table"), table, class_="numbers")


def _cell(name: str, text: str) -> Markup:
    return element("th", text, scope="col") if name == "th" else element("td", text)
