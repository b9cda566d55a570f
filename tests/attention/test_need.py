"""The order in which a person reads what is needed."""

from __future__ import annotations

from postroom.attention.need import About, Need, Urgency, in_order


def need(urgency: Urgency, what: str, count: int) -> Need:
    return Need(urgency, what, "", About("nodes"), count)


def test_the_urgent_come_first_and_of_those_the_most_common() -> None:
    found = in_order(
        [
            need(Urgency.NOTE, "a", 100),
            need(Urgency.NOW, "c", 1),
            need(Urgency.SOON, "d", 9),
            need(Urgency.NOW, "b", 1),
            need(Urgency.NOW, "e", 7),
        ]
    )
    assert [each.what for each in found] == ["e", "b", "c", "d", "a"]


def test_what_all_may_suffer_from_comes_before_what_some_do() -> None:
    some = Need(Urgency.NOW, "some", "", About("accounts"), 900)
    everybody = Need(Urgency.NOW, "all", "", About("webhooks"), 1)
    assert in_order([some, everybody]) == (everybody, some)
