"""Stacked bars: how high they are, and what they say to those who do not see them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from postroom.web.charts.bars import stacked_bars
from postroom.web.charts.series import Series


def drawn(*series: Series) -> ElementTree.Element:
    return ElementTree.fromstring(stacked_bars(series, title="Deliveries", begin=0))


def test_a_bar_stands_on_the_one_below() -> None:
    tree = drawn(Series("Delivered", "ok", [0, 6]), Series("Failed", "bad", [0, 3]))
    rects = [{name: float(rect.attrib[name]) for name in ("x", "y", "height")} for rect in tree.iter("rect")]
    assert rects == [{"x": 11, "y": 40, "height": 60}, {"x": 11, "y": 10, "height": 30}]
    assert [rect.attrib["class"] for rect in tree.iter("rect")] == ["shape tone-ok", "shape tone-bad"]


def test_the_numbers_are_there_in_words_and_as_a_table() -> None:
    tree = drawn(Series("Delivered", "ok", [1200, 0, 6]), Series("Failed", "bad", [0, 0, 3]))
    titles = [title.text for title in tree.iter("title")]
    assert titles == [
        "Deliveries: Delivered 1,206, Failed 3",
        "00:00 UTC: Delivered 1,200, Failed 0",
        "00:02 UTC: Delivered 6, Failed 3",
    ]
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows == [["Time (UTC)", "Delivered", "Failed"], ["00:00", "1,200", "0"], ["00:02", "6", "3"]]


def test_the_scale_ends_at_a_round_number() -> None:
    tree = drawn(Series("Delivered", "ok", [1200]))
    scale = next(each for each in tree.iter("div") if each.attrib.get("class") == "scale")
    assert [each.text for each in scale] == ["2,000", "0"]


@pytest.mark.parametrize("series", [[], [Series("Delivered", "ok", [])], [Series("Delivered", "ok", [0, 0])]])
def test_nothing_is_drawn_of_nothing(series: list[Series]) -> None:
    tree = drawn(*series)
    assert list(tree.iter("rect")) == []
    assert list(tree.iter("table")) == []
