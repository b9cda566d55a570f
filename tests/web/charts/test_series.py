"""The legend says in words what the colours mean."""

from __future__ import annotations

from xml.etree import ElementTree

from postroom.web.charts.series import legend


def test_every_colour_has_its_words() -> None:
    tree = ElementTree.fromstring(legend(("Delivered", "ok", "12"), ("<b>", "bad", "3")))
    assert ["".join(item.itertext()).split() for item in tree] == [["Delivered", "12"], ["<b>", "3"]]
    assert [item.find("span").attrib["class"] for item in tree] == ["key tone-ok", "key tone-bad"]  # type: ignore[union-attr]
