"""Parts of a whole: they fill the bar, and the smallest is seen."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.web.charts.shares import Share, share_bar, widths


def test_one_account_of_ten_thousand_is_seen() -> None:
    tree = ElementTree.fromstring(
        share_bar(
            [Share("Refused", "bad", 1), Share("Syncing", "busy", 0), Share("Connected", "ok", 9999)], title="All"
        )
    )
    rects = list(tree.iter("rect"))
    assert [float(rect.attrib["width"]) for rect in rects] == [8, 992]
    assert [rect.findtext("title") for rect in rects] == ["Refused: 1", "Connected: 9,999"]
    assert tree.findtext("title") == "All: Refused 1, Connected 9,999"


@given(st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=9))
def test_all_parts_fill_the_bar(counts: list[int]) -> None:
    found = widths(counts)
    assert sum(found) == pytest.approx(1000)
    assert min(found) > 0


def test_nothing_is_drawn_of_nothing() -> None:
    tree = ElementTree.fromstring(share_bar([Share("Connected", "ok", 0)], title="All"))
    assert list(tree.iter("rect")) == []
    assert tree.findtext("title") == "All: none"
