"""Which events somebody asks for, and the links that say so."""

from __future__ import annotations

from postroom.events.model import WantedEvents
from postroom.web.dashboard.events.list_wish import EventWish, read_wish


def test_a_link_is_read_as_it_was_written() -> None:
    wish = EventWish("a&b", "messageNew", 40)
    assert wish.path == "/dashboard/events?account=a%26b&type=messageNew&before=40"
    assert read_wish({"account": "a&b", "type": "messageNew", "before": "40"}) == wish
    assert wish.newest.path == "/dashboard/events?account=a%26b&type=messageNew"
    assert EventWish().below(7) == "/dashboard/events?before=7"


def test_what_is_asked_of_the_log() -> None:
    assert EventWish("anna", "messageNew").wanted() == WantedEvents("anna", types=("messageNew",))
    assert EventWish().wanted() == WantedEvents()
    assert not EventWish(before=3).is_narrow


def test_nonsense_is_left_out() -> None:
    assert read_wish({"before": "x", "account": " "}) == EventWish()
