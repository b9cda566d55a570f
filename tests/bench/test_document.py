"""Tables go to their places in a document, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.document import NoPlace, filled

PAGE = """# Page

<!-- figures: gateway -->
old
<!-- end of figures -->

Words.

<!-- figures: mail -->
old too
<!-- end of figures -->
"""
PERFORMANCE = Path(__file__).parents[2] / "docs" / "performance.md"


def test_a_table_goes_to_its_place() -> None:
    assert filled(PAGE, {"gateway": r"| new \1 |"}) == PAGE.replace("old\n", "| new \\1 |\n", 1)


def test_it_can_be_filled_again() -> None:
    once = filled(PAGE, {"gateway": "| first |", "mail": "| second |"})
    assert filled(once, {"gateway": "old", "mail": "old too"}) == PAGE


def test_tables_without_a_place_are_left_out_unless_that_is_all() -> None:
    assert filled(PAGE, {"gateway": "old", "scale": "| 1 |"}) == PAGE
    with pytest.raises(NoPlace):
        filled(PAGE, {"scale": "| 1 |"})


@pytest.mark.parametrize("key", ["gateway", "mail", "takeover", "workers", "sending"])
def test_the_page_on_performance_has_a_place_for_each_table(key: str) -> None:
    assert "| figures of today |" in filled(PERFORMANCE.read_text("utf-8"), {key: "| figures of today |"})
