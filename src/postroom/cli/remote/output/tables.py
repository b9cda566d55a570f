"""Tables for people: folded to the width of a terminal, aligned and never cut where something else reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from postroom.cli.remote.output.terminal import plain
from postroom.footprint.dataclass import dataclass

__all__ = ["Cell", "Column", "print_fields", "print_table"]

T = TypeVar("T")
Cell: TypeAlias = str | Text | int | None
"""What stands in a column; None is shown as `-`."""

_GAP: Final = "  "


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: its title, and what it shows of an item."""

    title: str
    of: Callable[[T], Cell]


def print_table(console: Console, columns: Sequence[Column[T]], items: Iterable[T]) -> None:
    """Print a line for each item below the titles."""
    rows = [[_shown(column.of(item)) for column in columns] for item in items]
    titles = [column.title for column in columns]
    if console.is_terminal:
        console.print(_folded(titles, rows))
    else:
        _print_aligned(console, [[Text(title) for title in titles], *rows])


def print_fields(console: Console, fields: Iterable[tuple[str, Cell]]) -> None:
    """Print a line for each name and value; those without a value are left out."""
    rows = [[Text(name, style="bold"), _shown(value)] for name, value in fields if value is not None and value != ""]
    if not rows:
        return
    if console.is_terminal:
        console.print(_folded(None, rows))
    else:
        _print_aligned(console, rows)


def _shown(value: Cell) -> Text:
    if isinstance(value, Text):
        return value
    return Text("-") if value is None or value == "" else plain(str(value), lines=True)


def _folded(titles: list[str] | None, rows: Sequence[Sequence[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=titles is not None, header_style="bold")
    for title in titles or ("", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _print_aligned(console: Console, rows: Sequence[Sequence[Text]]) -> None:
    texts = [[" ".join(cell.plain.split("\n")) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        console.print(Text(_GAP.join(cells).rstrip()), soft_wrap=True)
