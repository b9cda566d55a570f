"""Figures as rows of a table: a column for each report, the ratio of the last two, the aims. No input or output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.table import Table

from bench.processes import REFERENCE
from bench.report import Figure, Report, shown

SCALED = f"at {REFERENCE:.0f} ms"
"""The heading beside a column: CPU time as it would be on the reference machine."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its columns, and what the last column divided by the one before is called."""

    key: str
    title: str
    ratio: str
    reports: Sequence[Report]

    @property
    def seen(self) -> list[Report]:
        """The columns that have figures."""
        return [report for report in self.reports if report.figures]

    @property
    def has_cpu(self) -> bool:
        """Whether some figure is CPU time: only then there is a second column beside each."""
        return any(figure.is_cpu for report in self.seen for figure in report.figures)

    @property
    def header(self) -> list[str]:
        beside = [SCALED] if self.has_cpu else []
        columns = [cell for report in self.seen for cell in (report.column, *beside)]
        return ["figure", *columns, *([self.ratio] if len(self.seen) > 1 else []), "aim", ""]

    @property
    def rows(self) -> Iterator[list[str]]:
        """One row for each key, in the order in which they were measured."""
        by_key = [{figure.key: figure for figure in report.figures} for report in self.seen]
        for key in _merged([list(figures) for figures in by_key]):
            yield _row([figures.get(key) for figures in by_key], scaled=self.has_cpu)


def for_document(section: Section) -> Section:
    """The same with fewer rows: in a table with aims only those that have an aim, or are CPU time."""
    figures = [figure for report in section.reports for figure in report.figures]
    kept = {figure.key for figure in figures if figure.aim or figure.is_cpu}
    if not any(figure.aim for figure in figures):
        return section
    reports = [
        replace(report, figures=[figure for figure in report.figures if figure.key in kept])
        for report in section.reports
    ]
    return replace(section, reports=reports)


def rich_table(section: Section) -> Table:
    """The table for a terminal."""
    table = Table(title=section.title, title_justify="left")
    for name in section.header:
        table.add_column(name, justify="left" if name in ("figure", "") else "right")
    for row in section.rows:
        table.add_row(*row)
    return table


def markdown_table(section: Section) -> str:
    """The table for a document."""
    lines = [section.header, ["---"] * len(section.header), *section.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _merged(columns: list[list[str]]) -> list[str]:
    """All keys once. A key that earlier columns do not have follows the one before it in its own column."""
    merged: list[str] = []
    for column in columns:
        at = 0
        for key in column:
            if key not in merged:
                merged.insert(at, key)
            at = merged.index(key) + 1
    return merged


def _row(figures: list[Figure | None], *, scaled: bool) -> list[str]:
    known = [figure for figure in figures if figure is not None]
    cells = [cell for figure in figures for cell in (_cells(figure) if scaled else _cells(figure)[:1])]
    ratio = [_ratio(figures[-2], figures[-1])] if len(figures) > 1 else []
    return [known[0].what, *cells, *ratio, _aims(known), _verdicts(known)]


def _cells(figure: Figure | None) -> tuple[str, str]:
    if figure is None:
        return "", ""
    scaled = "" if figure.yardstick is None else f"{shown(figure.at_reference)} {figure.unit}"
    return f"{shown(figure.value)} {figure.unit}".strip(), scaled


def _ratio(before: Figure | None, last: Figure | None) -> str:
    """CPU times are compared as those of the reference machine, because it was not as busy for both."""
    if before is None or last is None or before.value == 0:
        return ""
    return shown(round(last.at_reference / before.at_reference, 2))


def _aims(figures: list[Figure]) -> str:
    return " and ".join(
        dict.fromkeys(f"{'≥' if aim.at_least else '≤'} {shown(aim.limit)}" for figure in figures if (aim := figure.aim))
    )


def _verdicts(figures: list[Figure]) -> str:
    """One word if it is the same for all columns."""
    words = ["met" if figure.is_met else "missed" for figure in figures if figure.aim]
    return words[0] if len(set(words)) == 1 else ", ".join(words)
