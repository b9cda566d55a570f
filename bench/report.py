"""The figures of one column of a table: what was measured on one engine, with its aims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from bench.options import POSTGRES, Options
from bench.processes import REFERENCE, yardstick


@dataclass(frozen=True, slots=True)
class Aim:
    """A limit: at most, or at least."""

    limit: float
    at_least: bool

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


def at_least(limit: float) -> Aim:
    """The more the better."""
    return Aim(limit, at_least=True)


def at_most(limit: float) -> Aim:
    """The less the better."""
    return Aim(limit, at_least=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `key` names it in the JSON file.

    `yardstick` are the milliseconds that the yardstick took around the measurement, if the figure is CPU time.
    """

    key: str
    what: str
    value: float
    unit: str
    aim: Aim | None = None
    is_cpu: bool = False
    yardstick: float | None = None

    @property
    def at_reference(self) -> float:
        """What the figure would be if the yardstick took as long as on the reference machine."""
        return self.value if self.yardstick is None else self.value * REFERENCE / self.yardstick

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None without an aim. CPU time is judged as that of the reference machine."""
        return None if self.aim is None else self.aim.met(self.at_reference)


@dataclass(slots=True)
class Report:
    """All figures of a column, in the order they were measured; each is shown as soon as it is known."""

    column: str
    options: Options
    say: Callable[[str], None]
    figures: list[Figure] = field(default_factory=list)
    yardsticks: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Take the yardstick before and after the block; CPU time of the block is scaled by the mean of both."""
        first, before = len(self.figures), yardstick()
        try:
            yield
        finally:
            mean = (before + yardstick()) / 2
            self.yardsticks.append(mean)
            self.figures[first:] = [
                replace(each, yardstick=mean) if each.is_cpu else each for each in self.figures[first:]
            ]

    def add(self, key: str, what: str, value: float, unit: str, aim: Aim | None = None) -> None:
        self._add(Figure(key, what, value, unit, aim))

    def cpu(self, key: str, what: str, value: float, unit: str, aim: Aim | None = None) -> None:
        """Add CPU time, which depends on how busy the machine was."""
        self._add(Figure(key, what, value, unit, aim, is_cpu=True))

    def value(self, key: str) -> float:
        """A figure that is known already."""
        return next(each.value for each in self.figures if each.key == key)

    def at_most(self, *, sqlite: float, postgres: float) -> Aim:
        """The aim for the engine of this column."""
        return at_most(postgres if self.column == POSTGRES else sqlite)

    def _add(self, figure: Figure) -> None:
        self.figures.append(figure)
        self.say(f"  {self.column}: {figure.what}: {shown(figure.value)} {figure.unit}")


def shown(value: float) -> str:
    """Three digits that say something."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentile(values: list[float], percent: float) -> float:
    """The nearest-rank percentile of a list that is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
