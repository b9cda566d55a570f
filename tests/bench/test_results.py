"""The results of a run: JSON with both engines, and what is printed."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.options import POSTGRES, SQLITE, Options
from bench.report import at_most
from bench.results import Results

NOW = datetime(2026, 2, 3, tzinfo=UTC)


def results(options: Options) -> Results:
    seen = Results(options, lambda line: None)
    for report in seen.section("gateway", "1,000 accounts", SQLITE, POSTGRES):
        with report.measured():
            report.cpu("cpu", "CPU each", 5, "ms", at_most(1_000_000))
    seen.section("mail", "Mail", SQLITE, POSTGRES)
    return seen


def test_json_has_both_engines(tmp_path: Path) -> None:
    document = json.loads(results(Options()).write(tmp_path).read_text())
    assert list(document["tables"]) == ["gateway"]
    assert list(document["tables"]["gateway"]) == [SQLITE, POSTGRES]
    figure = document["tables"]["gateway"][POSTGRES]["figures"]["cpu"]
    assert (figure["value"], figure["unit"], figure["met"]) == (5, "ms", True)
    assert figure["aim"] == {"limit": 1_000_000, "at_least": False}
    assert figure["atReference"] * figure["yardstick"] == 5 * 27


def test_a_line_is_said_for_each_figure() -> None:
    said: list[str] = []
    (report,) = Results(Options(), said.append).section("takeover", "Take-over", POSTGRES)
    report.add("dead", "until it is declared dead", 9.4, "s")
    assert said == ["  PostgreSQL: until it is declared dead: 9.40 s"]


def test_markdown_is_not_wrapped() -> None:
    console = Console(width=40, record=True, file=io.StringIO())
    results(Options(markdown=True)).print(console)
    lines = console.export_text().splitlines()
    assert lines[0].startswith("1,000 accounts; ")
    assert lines[2].startswith("| figure | SQLite | at 27 ms | PostgreSQL")


def test_tables_go_into_a_document(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- figures: gateway -->\n<!-- end of figures -->\nWords.\n")
    results(Options()).fill(page)
    assert page.read_text().startswith("# Page\n<!-- figures: gateway -->\n1,000 accounts; ")
    assert "| CPU each | 5 ms |" in page.read_text()
    assert page.read_text().endswith("\n<!-- end of figures -->\nWords.\n")
