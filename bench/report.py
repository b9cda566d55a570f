"""The figures with their aims: a table for people, JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.options import Options
from bench.processes import yardstick


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
    """One measured number; `key` names it in the JSON file."""

    key: str
    what: str
    value: float
    unit: str
    aim: Aim | None = None


@dataclass(slots=True)
class Report:
    """All figures of a run, in the order they were measured; each is shown as soon as it is known."""

    options: Options
    say: Callable[[str], None]
    figures: list[Figure] = field(default_factory=list)
    yardsticks: list[float] = field(default_factory=list)

    def take_yardstick(self) -> None:
        """Note how dear CPU time is at this moment."""
        self.yardsticks.append(yardstick())

    def add(self, key: str, what: str, value: float, unit: str, aim: Aim | None = None) -> None:
        figure = Figure(key, what, value, unit, aim)
        self.figures.append(figure)
        self.say(f"  {what}: {shown(value)} {unit}")

    def table(self) -> Table:
        """The table that is printed at the end."""
        options = self.options
        table = Table(
            title=f"{options.accounts} accounts, {'TLS' if options.tls else 'plaintext'}, "
            f"{'PostgreSQL' if options.postgres else 'SQLite'}; "
            f"nodes and workers: {options.cluster_accounts} accounts, plaintext, PostgreSQL"
        )
        table.add_column("figure")
        for name in ("seen", "aim"):
            table.add_column(name, justify="right")
        table.add_column("")
        for each in self.figures:
            table.add_row(each.what, f"{shown(each.value)} {each.unit}", _aim_text(each), _verdict(each))
        return table

    def print(self, console: Console) -> None:
        console.print(self.table())
        measured = ", ".join(f"{each:.0f}" for each in self.yardsticks)
        console.print(
            "CPU is that of the gateway process alone. Wall times depend on what else the machine does (load average "
            f"{os.getloadavg()[0]:.1f}), and even CPU seconds do: a fixed piece of Python took {measured} ms of CPU in "
            "the course of this run."
        )

    def write(self, folder: Path) -> Path:
        """Write the JSON file and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
        path.write_bytes(orjson.dumps(self._document(now), option=orjson.OPT_INDENT_2))
        return path

    def _document(self, now: datetime) -> dict[str, Any]:
        return {
            "at": now.isoformat(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "loadAverage": os.getloadavg()[0],
            "yardsticks": self.yardsticks,
            "options": asdict(self.options) | {"results": str(self.options.results)},
            "figures": {each.key: {"value": each.value, "unit": each.unit, "aim": each.aim} for each in self.figures},
        }


def shown(value: float) -> str:
    """Three digits that say something."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentile(values: list[float], percent: float) -> float:
    """The nearest-rank percentile of a list that is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _aim_text(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    return f"{'≥' if figure.aim.at_least else '≤'} {shown(figure.aim.limit)}"


def _verdict(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    return "met" if figure.aim.met(figure.value) else "missed"
