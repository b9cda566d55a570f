"""The last hour in charts."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from postroom.web.dashboard.overview.traffic import NAMES, Traffic, traffic_of

NOW = 10 * 60_000 + 5_000


def traffic(**counted: list[int]) -> Traffic:
    length = max((len(values) for values in counted.values()), default=3)
    found = {name: [0] * length for name in NAMES}
    return traffic_of({**found, **{name.replace("_", ":"): values for name, values in counted.items()}}, NOW)


def test_other_events_are_those_that_are_no_new_messages() -> None:
    found = traffic(events=[5, 7, 1], events_messageNew=[2, 7, 0]).events
    tree = ElementTree.fromstring(found.chart)
    assert tree.findtext(".//title") == "Events a minute: New messages 9, Other events 4"
    assert (found.in_hour, found.failed) == (13, 0)


def test_the_last_bar_is_the_present_minute() -> None:
    tree = ElementTree.fromstring(traffic(events=[1, 1, 1], events_messageNew=[1, 1, 1]).events.chart)
    titles = [title.text or "" for title in tree.iter("title")][1:]
    assert [title[:5] for title in titles] == ["00:08", "00:09", "00:10"]


def test_failed_deliveries_are_counted() -> None:
    found = traffic(deliveries_delivered=[9, 1], deliveries_retry=[2, 3], deliveries_dead=[0, 1]).deliveries
    assert (found.in_hour, found.failed) == (16, 6)


def test_without_sending_there_is_no_chart_of_it() -> None:
    assert traffic(events=[1, 2]).sending is None
    found = traffic(submissions_failed=[1, 0], submissions_unknown=[0, 2]).sending
    assert found is not None
    assert (found.in_hour, found.failed) == (3, 3)


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([4], "0"),
        ([4, 100], "4"),
        ([1, 2, 100], "1.5"),
        ([9, 9, 9, 1000, 1000, 1000, 1000, 1000, 5], "1,000"),
        ([0, 0, 0], "0"),
        ([10, 11, 3], "10"),
    ],
)
def test_how_much_a_minute_is_the_mean_of_the_last_whole_ones(events: list[int], text: str) -> None:
    assert traffic(events=events, events_messageNew=events).events.a_minute == text
