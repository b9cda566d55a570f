"""The strip of states: where each begins, how long each lasted, in words too."""

from __future__ import annotations

from xml.etree import ElementTree

from postroom.web.charts.state_strip import Segment, state_strip

MINUTE = 60_000
HOUR = 60 * MINUTE


def drawn(*segments: Segment) -> ElementTree.Element:
    return ElementTree.fromstring(state_strip(segments, title="States of ada"))


def test_each_state_is_as_wide_as_it_lasted() -> None:
    tree = drawn(
        Segment(0, HOUR, "Connected", "ok"),
        Segment(HOUR, HOUR + 15 * MINUTE, "Sign-in refused", "bad"),
        Segment(HOUR + 15 * MINUTE, 2 * HOUR, "Connected", "ok"),
    )
    rects = list(tree.iter("rect"))
    assert [(float(each.attrib["x"]), float(each.attrib["width"])) for each in rects] == [
        (0, 500),
        (500, 125),
        (625, 375),
    ]
    assert rects[1].findtext("title") == "Sign-in refused, 01:00–01:15 UTC (15 min)"
    assert next(tree.iter("title")).text == "States of ada: Connected 1 h 45 min, Sign-in refused 15 min"
    assert ["".join(item.itertext()).strip() for item in tree.iter("li")] == [
        "Connected 1 h 45 min",
        "Sign-in refused 15 min",
    ]


def test_the_shortest_state_is_seen_and_stays_inside() -> None:
    tree = drawn(Segment(0, 24 * HOUR, "Connected", "ok"), Segment(24 * HOUR, 24 * HOUR, "Refused", "bad"))
    last = list(tree.iter("rect"))[-1]
    assert (float(last.attrib["x"]), float(last.attrib["width"])) == (998, 2)


def test_what_is_longer_than_a_day_ago_is_said_so() -> None:
    def axis(end: int) -> list[str | None]:
        tree = drawn(Segment(0, end, "Connected", "ok"))
        (found,) = [each for each in tree.iter("div") if each.attrib["class"] == "axis"]
        return [each.text for each in found]

    assert axis(24 * HOUR) == ["00:00 UTC", "00:00 UTC"]
    assert axis(50 * HOUR) == ["2 d 2 h ago", "now"]


def test_without_states_there_is_nothing() -> None:
    assert state_strip([], title="States") == ""
