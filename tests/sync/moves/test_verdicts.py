"""What is decided about messages that came or left, where histories alone do not show the difference."""

from __future__ import annotations

from itertools import pairwise

from postroom.mail.ids import MessageId
from postroom.sync.moves.verdicts import MOST_STEPS, PlaceReading, came, left
from postroom.threads.moves.steps import MoveMark, MoveStep, MoveTold

A, B, C = (MessageId(number, 1) for number in (1, 2, 3))
NONE: frozenset[str] = frozenset()


def step(old: MessageId, new: MessageId, told: MoveTold = MoveTold.NOTHING) -> MoveStep:
    return MoveStep(old, new, told, NONE)


def test_a_removal_is_silent_once() -> None:
    verdict = left({A: NONE}, {A: step(A, B, MoveTold.CAME)}, {B: PlaceReading.KNOWN}.__getitem__)
    assert (verdict.silent, verdict.moved, verdict.marks) == ({A}, {}, {A: MoveMark(MoveTold.ALL)})
    # A server that shows the message again has it announced again, so it is also announced as gone again.
    for told in (MoveTold.ALL, MoveTold.LEFT):
        verdict = left({A: NONE}, {A: step(A, B, told)}, {B: PlaceReading.AHEAD}.__getitem__)
        assert (verdict.silent, verdict.moved, verdict.marks) == (set(), {}, {})


def test_a_message_that_is_known_elsewhere_was_announced_there() -> None:
    steps = {A: step(A, B), B: step(B, C)}
    standing = {B: PlaceReading.KNOWN, C: PlaceReading.AHEAD}.__getitem__
    assert left({A: NONE}, steps, standing).moved == {}
    assert left({B: NONE}, steps, standing).moved == {B: C}


def test_a_way_that_was_told_from_the_middle_is_not_told_from_its_beginning() -> None:
    steps = {A: step(A, B), B: step(B, C, MoveTold.LEFT)}
    assert left({A: NONE}, steps, {B: PlaceReading.PASSED, C: PlaceReading.AHEAD}.__getitem__).moved == {}


def test_the_flags_of_a_message_on_its_way_are_kept_with_the_last_step() -> None:
    flags = frozenset({"\\Seen"})
    verdict = left({A: flags}, {A: step(A, B), B: step(B, C)}, lambda _: PlaceReading.AHEAD)
    assert verdict.marks == {A: MoveMark(MoveTold.ALL), B: MoveMark(MoveTold.LEFT, flags)}
    assert verdict.moved == {A: C}


def test_an_arrival_that_was_told_is_judged_no_more() -> None:
    for told in (MoveTold.CAME, MoveTold.ALL):
        assert came([B], {B: step(A, B, told)}, {A: NONE}).moved == {}


def test_circles_and_endless_ways_come_to_an_end() -> None:
    circle = {A: step(A, B), B: step(B, A)}
    assert left({A: NONE}, circle, lambda _: PlaceReading.PASSED).moved == {}
    assert came([A], {A: step(B, A), B: step(A, B)}, {}).moved == {}
    places = [MessageId(1, uid) for uid in range(1, MOST_STEPS + 4)]
    way = {old: step(old, new) for old, new in pairwise(places)}
    assert left({places[0]: NONE}, way, lambda _: PlaceReading.AHEAD).moved == {}
