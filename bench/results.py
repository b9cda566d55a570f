"""All tables of a run: printed for people, as Markdown for a document, as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from bench.document import filled
from bench.options import Options
from bench.processes import REFERENCE
from bench.report import Figure, Report
from bench.table import Section, for_document, markdown_table, rich_table


@dataclass(slots=True)
class Results:
    """What was measured so far; `say` shows one line at once."""

    options: Options
    say: Callable[[str], None]
    sections: list[Section] = field(default_factory=list)

    def section(self, key: str, title: str, *columns: str, ratio: str = "PostgreSQL : SQLite") -> list[Report]:
        """Begin a table; return the report behind each of its columns."""
        reports = [Report(column, self.options, self.say) for column in columns]
        self.sections.append(Section(key, title, ratio, reports))
        return reports

    @property
    def known(self) -> list[Section]:
        """The tables that have figures."""
        return [section for section in self.sections if section.seen]

    def print(self, console: Console) -> None:
        """Print the tables, and below them how busy the machine was."""
        if self.options.markdown:
            console.print("\n\n".join(self._markdown()), highlight=False, markup=False, soft_wrap=True)
            return
        for section in self.known:
            console.print(rich_table(section))
        console.print(_explanation(self.known), highlight=False)

    def write(self, folder: Path) -> Path:
        """Write the JSON file and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC)
        path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
        path.write_bytes(orjson.dumps(self.document(now), option=orjson.OPT_INDENT_2))
        return path

    def document(self, now: datetime) -> dict[str, Any]:
        """The figures of each column of each table, by key."""
        return {
            "at": now.isoformat(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "loadAverage": os.getloadavg()[0],
            "options": asdict(self.options) | {"results": str(self.options.results), "fill": str(self.options.fill)},
            "tables": {section.key: _columns(section) for section in self.known},
        }

    def fill(self, document: Path) -> None:
        """Put the tables into their places in a document."""
        tables = {section.key: self._captioned(for_document(section)) for section in self.known}
        document.write_text(filled(document.read_text("utf-8"), tables), encoding="utf-8")

    def _markdown(self) -> Iterator[str]:
        yield from (self._captioned(section) for section in self.known)
        yield _explanation(self.known)

    def _captioned(self, section: Section) -> str:
        day = f"{datetime.now(UTC):%-d %B %Y}"
        busy = f"fixed piece of Python: {_around([section])}, load average {os.getloadavg()[0]:.1f}"
        return f"{section.title}; {day}; {busy}.\n\n{markdown_table(section)}"


def _columns(section: Section) -> dict[str, Any]:
    return {
        report.column: {
            "yardsticks": report.yardsticks,
            "figures": {figure.key: _entry(figure) for figure in report.figures},
        }
        for report in section.seen
    }


def _entry(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value,
        "unit": figure.unit,
        "aim": figure.aim,
        "met": figure.is_met,
        "yardstick": figure.yardstick,
        "atReference": None if figure.yardstick is None else figure.at_reference,
    }


def _explanation(sections: list[Section]) -> str:
    return (
        f"CPU is that of the gateway's processes alone unless the row names another program. A fixed piece of Python "
        f"took {_around(sections)} of CPU around these parts, and takes {REFERENCE:.0f} ms on the reference machine. "
        f"“At {REFERENCE:.0f} ms” is the CPU time divided by what the piece took around that part, times "
        f"{REFERENCE:.0f}. CPU time is compared and judged in that form. Wall times and rates are as seen: they "
        f"depend on what else the machine does (load average {os.getloadavg()[0]:.1f})."
    )


def _around(sections: list[Section]) -> str:
    """What the yardstick took around the parts of these tables."""
    taken = [each for section in sections for report in section.seen for each in report.yardsticks]
    return f"{min(taken):.0f} to {max(taken):.0f} ms" if taken else "an unknown time"
