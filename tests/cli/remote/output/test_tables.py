"""Tables: folded at a terminal, aligned and complete elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from postroom.cli.remote.output.tables import Column, print_fields, print_table

LONG = "word " * 40
COLUMNS: list[Column[tuple[str, ...]]] = [
    Column("name", lambda item: item[0]),
    Column("why", lambda item: Text(item[1], style="red")),
    Column("more", lambda item: item[2]),
]


def printed(is_terminal: bool, items: list[tuple[str, ...]], **more: bool) -> str:
    file = io.StringIO()
    print_table(Console(file=file, force_terminal=is_terminal, width=60, **more), COLUMNS, items)  # type: ignore[arg-type]
    return file.getvalue()


def test_elsewhere_each_item_is_a_line_that_is_never_cut() -> None:
    assert printed(False, [("ä日本", LONG, ""), ("b", "two\nlines", "x")]) == (
        f"name   {'why'.ljust(200)}  more\nä日本  {LONG}  -\nb      {'two lines'.ljust(200)}  x\n"
    )


def test_at_a_terminal_lines_fit_and_nothing_is_lost() -> None:
    shown = printed(True, [("a", LONG, "x")], no_color=True)
    assert shown.count("word") == 40
    plain = Text.from_ansi(shown).plain
    assert max(map(len, plain.splitlines())) <= 60


@pytest.mark.parametrize("is_terminal", [True, False])
def test_no_text_is_obeyed_as_markup_or_by_the_terminal(is_terminal: bool) -> None:
    shown = printed(is_terminal, [("[red]a[/red]", "b", "\x1b[2J\x9b2J\u202e")], no_color=True)
    assert "[red]a[/red]" in shown
    assert "\x1b[2J" not in shown
    assert not {"\x9b", "\u202e"} & set(shown)


def test_fields_without_a_value_are_left_out() -> None:
    file = io.StringIO()
    print_fields(Console(file=file), [("a", "1"), ("none", None), ("empty", ""), ("zero", 0), ("name", Text("x"))])
    assert file.getvalue() == "a     1\nzero  0\nname  x\n"


def test_no_fields_are_no_line() -> None:
    file = io.StringIO()
    print_fields(Console(file=file), [])
    print_fields(Console(file=file, force_terminal=True), [])
    assert file.getvalue().strip() == ""
