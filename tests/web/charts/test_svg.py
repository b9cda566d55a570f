"""What is written is well-formed, and no text in it becomes an element."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from postroom.web.charts.svg import element, figure, number, plot

HOSTILE = '"><script>alert(1)</script>&'


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (1.0, "1"), (0.5, "0.5"), (1 / 3, "0.33"), (100, "100")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_texts_and_attributes_are_escaped() -> None:
    tree = ElementTree.fromstring(element("g", element("title", HOSTILE), class_=HOSTILE, aria_label=HOSTILE))
    assert [child.tag for child in tree.iter()] == ["g", "title"]
    assert tree.findtext("title") == HOSTILE
    assert tree.attrib == {"class": HOSTILE, "aria-label": HOSTILE}


def test_a_drawing_says_in_words_what_it_shows() -> None:
    tree = ElementTree.fromstring(plot(HOSTILE, 10, 20.5, element("rect", x=1, y=2.25), class_="bars"))
    assert tree.attrib["role"] == "img"
    assert tree.attrib["viewBox"] == "0 0 10 20.5"
    assert tree.findtext("title") == HOSTILE
    assert "style" not in tree.attrib, "the policy of the page allows no styles in elements"


def test_a_figure_holds_its_drawing_and_its_words() -> None:
    tree = ElementTree.fromstring(figure(element("svg"), element("p", "words"), class_="states"))
    assert [child.tag for child in tree] == ["svg", "p"]
    assert tree.attrib["class"] == "chart states"
