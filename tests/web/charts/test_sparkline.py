"""The line goes through every value, from the floor to the ceiling."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from postroom.web.charts.sparkline import sparkline


def line(values: list[int]) -> str:
    tree = ElementTree.fromstring(sparkline(values, title="Events a minute"))
    assert tree.findtext("title") == "Events a minute"
    (found,) = [path.attrib["d"] for path in tree.iter("path") if "line" in path.attrib["class"].split()]
    return found


def test_the_highest_value_is_at_the_top_and_zero_on_the_floor() -> None:
    assert line([0, 10, 5]) == "M0 22L4 2L8 12"


@pytest.mark.parametrize(("values", "expected"), [([], "M0 22L4 22"), ([7], "M0 2L4 2"), ([0, 0], "M0 22L4 22")])
def test_few_values_are_a_level_line(values: list[int], expected: str) -> None:
    assert line(values) == expected
