"""Who is let in, and whose connection makes room."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.api.pipeline.errors import refusal
from postroom.server.hall import Hall, HallLimits
from postroom.server.refusals import Refused
from postroom.settings import Settings


class Guest:
    """A connection that notes what becomes of it."""

    def __init__(self, hall: Hall, address: str) -> None:
        self.fate = ""
        self._hall = hall
        hall.enter(self, address)

    def close(self) -> None:
        self.fate = "closed"
        self._hall.leave(self)

    def cut(self) -> None:
        self.fate = "cut"


def opened(**limits: Any) -> Hall:
    return Hall(HallLimits(**limits), refusal, lambda _status: None)


def test_the_connection_that_has_been_idle_for_longest_makes_room() -> None:
    hall = opened(connections=3)
    guests = [Guest(hall, f"192.0.2.{number}") for number in range(3)]
    hall.busy(guests[0])
    for guest in (guests[2], guests[1]):
        hall.busy(guest)
        hall.idle(guest)
    Guest(hall, "192.0.2.9")
    assert [guest.fate for guest in guests] == ["", "", "closed"]
    assert hall.inside == 3


def test_no_client_holds_a_place_by_being_slow() -> None:
    hall = opened(connections=5)
    asked, slow, answered, slower, idle = guests = [Guest(hall, f"192.0.2.{number}") for number in range(5)]
    hall.busy(asked)
    for guest in (slower, slow):
        hall.busy(guest)
        hall.awaited(guest)
    hall.awaited(slower)
    hall.idle(idle)
    hall.busy(answered)
    hall.closing(answered)
    order = []
    for number in range(4):
        hall.busy(Guest(hall, f"192.0.2.1{number}"))
        order.append([guest.fate for guest in guests])
    assert order == [
        ["", "", "", "", "closed"],
        ["", "", "cut", "", "closed"],
        ["", "", "cut", "cut", "closed"],
        ["", "cut", "cut", "cut", "closed"],
    ]
    assert hall.inside == 5
    with pytest.raises(Refused):
        Guest(hall, "192.0.2.20")
    # What is told of one that has made room says nothing any more.
    hall.idle(idle)
    hall.awaited(slow)
    with pytest.raises(Refused):
        Guest(hall, "192.0.2.20")


def test_who_has_just_come_does_not_go_before_those_who_were_slow_already() -> None:
    hall = opened(connections=2)
    slow, fresh = Guest(hall, "192.0.2.1"), Guest(hall, "192.0.2.2")
    hall.awaited(slow)
    Guest(hall, "192.0.2.3")
    assert (slow.fate, fresh.fate) == ("cut", "")


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "::1", False),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", False),
        ("10.1.2.3", "10.1.2.3", False),
    ],
)
def test_what_counts_as_one_client(first: str, second: str, is_one: bool) -> None:
    hall = opened(per_address=1, trusted=("10.0.0.0/8",))
    hall.busy(Guest(hall, first))
    if not is_one:
        Guest(hall, second)
        return
    with pytest.raises(Refused) as refused:
        Guest(hall, second)
    assert refused.value.status == 429


def test_another_address_does_not_make_room() -> None:
    hall = opened(per_address=1)
    idle = Guest(hall, "192.0.2.1")
    hall.busy(Guest(hall, "192.0.2.2"))
    with pytest.raises(Refused):
        Guest(hall, "192.0.2.2")
    assert idle.fate == ""


def test_nothing_is_left_of_who_has_gone() -> None:
    hall = opened()
    for number in range(100):
        Guest(hall, f"192.0.2.{number}").close()
    assert hall.inside == 0
    assert not hall._by_client
    assert not hall._idle


def test_only_so_many_learn_why_they_are_not_let_in() -> None:
    hall = opened()
    waiting = [Guest(hall, "192.0.2.1") for _ in range(101)]
    assert [hall.may_say_why(guest) for guest in waiting] == [True] * 100 + [False]
    hall.stop()
    assert [guest.fate for guest in waiting] == ["cut"] * 100 + [""]


def test_the_limits_are_the_operators() -> None:
    limits = HallLimits.of(
        Settings(max_connections=11, max_connections_per_address=12, keep_alive=13, max_message_size=1_048_576)
    )
    assert (limits.connections, limits.per_address, limits.keep_alive) == (11, 12, 13.0)
    # A message in base64, with the line ends escaped, and what is said of it.
    assert limits.largest_body == 5 * 1024 * 1024
