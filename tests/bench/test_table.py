"""Tables: one row for each figure, columns for engines, ratio, aims."""

from __future__ import annotations

from bench.options import POSTGRES, SQLITE, Options
from bench.report import Figure, Report, at_least, at_most
from bench.table import Section, for_document, markdown_table


def section(**columns: list[Figure]) -> Section:
    reports = [Report(name, Options(), lambda line: None, figures) for name, figures in columns.items()]
    return Section("gateway", "1,000 accounts", "PG : SQLite", reports)


def cpu(value: float, yardstick: float, limit: float) -> Figure:
    return Figure("cpu", "CPU each", value, "ms", at_most(limit), is_cpu=True, yardstick=yardstick)


def rate(value: float) -> Figure:
    return Figure("rate", "rate", value, "/s", at_least(500))


def test_cpu_times_are_compared_as_those_of_the_reference_machine() -> None:
    seen = section(**{SQLITE: [cpu(8, 54, 6)], POSTGRES: [cpu(8, 27, 8)]})
    assert seen.header == ["figure", "SQLite", "at 27 ms", "PostgreSQL", "at 27 ms", "PG : SQLite", "aim", ""]
    assert list(seen.rows) == [["CPU each", "8 ms", "4 ms", "8 ms", "8 ms", "2", "≤ 6 and ≤ 8", "met"]]


def test_a_verdict_for_each_column_where_they_differ() -> None:
    seen = section(**{SQLITE: [rate(600)], POSTGRES: [rate(300)]})
    assert list(seen.rows) == [["rate", "600 /s", "300 /s", "0.50", "≥ 500", "met, missed"]]


def test_a_figure_of_one_column_leaves_the_others_empty() -> None:
    stored = Figure("stored", "stored for each", 7, "bytes")
    own = Figure("own", "its own CPU", 8, "ms")
    seen = section(**{SQLITE: [rate(600), stored], POSTGRES: [own, rate(600)]})
    assert list(seen.rows) == [
        ["its own CPU", "", "8 ms", "", "", ""],
        ["rate", "600 /s", "600 /s", "1", "≥ 500", "met"],
        ["stored for each", "7 bytes", "", "", "", ""],
    ]


def test_a_row_of_one_column_keeps_its_place() -> None:
    own = Figure("own", "its own CPU", 8, "ms")
    last = Figure("last", "last", 1, "s")
    seen = section(**{SQLITE: [rate(600), last], POSTGRES: [rate(600), own, last]})
    assert [row[0] for row in seen.rows] == ["rate", "its own CPU", "last"]


def test_nothing_is_divided_by_zero() -> None:
    lost = Figure("lost", "lost", 0, "")
    assert list(section(**{SQLITE: [lost], POSTGRES: [lost]}).rows) == [["lost", "0", "0", "", "", ""]]


def test_one_column_has_no_ratio() -> None:
    seen = section(**{SQLITE: [rate(600)], POSTGRES: []})
    assert seen.header == ["figure", "SQLite", "aim", ""]
    assert list(seen.rows) == [["rate", "600 /s", "≥ 500", "met"]]


def test_markdown() -> None:
    assert markdown_table(section(**{SQLITE: [rate(600)]})).splitlines() == [
        "| figure | SQLite | aim |  |",
        "| --- | --- | --- | --- |",
        "| rate | 600 /s | ≥ 500 | met |",
    ]


def test_a_document_gets_what_has_an_aim_or_is_cpu_time() -> None:
    wall = Figure("wall", "wall time", 7, "s")
    seen = section(**{SQLITE: [rate(600), wall, cpu(8, 54, 6)], POSTGRES: [wall]})
    assert [row[0] for row in for_document(seen).rows] == ["rate", "CPU each"]
    assert len(list(seen.rows)) == 3


def test_a_table_without_aims_goes_whole_into_a_document() -> None:
    seen = section(**{"1 worker": [Figure("wall", "wall time", 7, "s")]})
    assert [row[0] for row in for_document(seen).rows] == ["wall time"]
