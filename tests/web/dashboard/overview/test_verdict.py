"""The overview in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from postroom.attention.need import About, Need, Urgency
from postroom.web.dashboard.overview.verdict import TONES, connected, verdict


def need(urgency: Urgency) -> Need:
    return Need(urgency, "", "", About("nodes"))


@pytest.mark.parametrize(
    ("urgencies", "tone", "title", "short"),
    [
        ([], "ok", "Nothing needs you", ""),
        ([Urgency.NOTE], "ok", "Nothing needs you", ""),
        ([Urgency.SOON, Urgency.NOTE], "wait", "1 thing to look into", ""),
        ([Urgency.SOON, Urgency.SOON], "wait", "2 things to look into", ""),
        ([Urgency.NOW, Urgency.SOON], "bad", "1 thing needs you", "1 to do"),
        ([Urgency.NOW, Urgency.NOW], "bad", "2 things need you", "2 to do"),
    ],
)
def test_the_most_urgent_decides(urgencies: list[Urgency], tone: str, title: str, short: str) -> None:
    found = verdict([need(each) for each in urgencies], {"connected": 2})
    assert (found.tone, found.title, found.short) == (tone, title, short)
    assert "All 2 accounts are connected." in found.text


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ({}, "No account has a mailbox to connect to."),
        ({"unset": 3}, "No account has a mailbox to connect to."),
        ({"connected": 1}, "The only account is connected."),
        ({"connected": 2400, "unset": 3}, "All 2,400 accounts are connected."),
        ({"connected": 2, "connectError": 1}, "2 of 3 accounts are connected."),
        ({"connected": 5, "init": 1, "syncing": 2}, "5 of 8 accounts are connected, 3 on the way."),
    ],
)
def test_how_many_are_connected(states: Mapping[str, int], text: str) -> None:
    assert connected(states) == text


def test_every_urgency_has_its_look() -> None:
    assert set(TONES) == set(Urgency)
