"""Whether a message that came or left was moved, and which end of the move the event is told at. Pure.

A move has two ends: the message leaves one folder and comes to another. The sync sees them in any order, or only one of
them. `messageMoved` is told at the first end that is seen; the other end is silent. What was told is noted with the
move, in the same transaction. A message that moved on before the sync looked has one event, from its first place to its
last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import Enum, auto
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.flags import Flags
from postroom.mail.ids import MessageId
from postroom.threads.moves.steps import MoveMark, MoveStep, MoveTold

__all__ = ["MOST_STEPS", "MoveVerdict", "PlaceReading", "came", "left"]

MOST_STEPS: Final = 8
"""Moves of one message that are followed."""


class PlaceReading(Enum):
    """What the sync knows of a place."""

    KNOWN = auto()
    """The message is known there."""
    PASSED = auto()
    """The sync has read that part of the folder, and the message is not there."""
    AHEAD = auto()
    """The sync has not read that far yet, or does not follow the folder."""


@dataclass(slots=True)
class MoveVerdict:
    """What to tell of messages, by place.

    `moved` has the place at the other end of the move. `silent` were told of before. All others are told of as if
    nothing were known. `flags` are those that the log knows, for messages that came. `marks` are to be noted, by the
    place where a step began.
    """

    moved: dict[MessageId, MessageId] = field(default_factory=dict)
    silent: set[MessageId] = field(default_factory=set)
    flags: dict[MessageId, Flags] = field(default_factory=dict)
    marks: dict[MessageId, MoveMark] = field(default_factory=dict)


def came(
    places: Iterable[MessageId],
    steps: Mapping[MessageId, MoveStep],
    known: Mapping[MessageId, Flags],
    *,
    tells: bool = True,
) -> MoveVerdict:
    """Judge messages that came. `steps` are moves by the place they led to; `known` are known messages with flags.

    Without `tells`, no move is told of that was not told of before.
    """
    verdict = MoveVerdict()
    for place in places:
        at, behind = place, list[MoveStep]()
        while (step := steps.get(at)) is not None and len(behind) < MOST_STEPS:
            behind.append(step)
            if step.told is MoveTold.LEFT:
                # The log says that the message is at the end of this step.
                _tell(verdict, place, None if at == place else at, step.flags)
                verdict.marks |= {each.old: MoveMark(MoveTold.ALL) for each in behind}
            elif step.told is MoveTold.NOTHING and tells and step.old in known:
                _tell(verdict, place, step.old, known[step.old])
                verdict.marks |= {each.old: MoveMark(MoveTold.ALL) for each in behind} | {
                    step.old: MoveMark(MoveTold.CAME)
                }
            elif step.told is MoveTold.NOTHING:
                at = step.old
                continue
            break
    return verdict


def _tell(verdict: MoveVerdict, place: MessageId, origin: MessageId | None, flags: Flags) -> None:
    verdict.flags[place] = flags
    if origin is None:
        verdict.silent.add(place)
    else:
        verdict.moved[place] = origin


def left(
    places: Mapping[MessageId, Flags],
    steps: Mapping[MessageId, MoveStep],
    standing: Callable[[MessageId], PlaceReading],
    *,
    tells: bool = True,
) -> MoveVerdict:
    """Judge messages that left, with the flags that the log knows. `steps` are moves by the place they began at.

    Without `tells`, no move is told of that was not told of before.
    """
    verdict = MoveVerdict()
    for place, flags in places.items():
        step = steps.get(place)
        if step is not None and step.told is MoveTold.CAME:
            verdict.silent.add(place)
            verdict.marks[place] = MoveMark(MoveTold.ALL)
        elif step is not None and step.told is MoveTold.NOTHING and tells:
            way = _way_on(step, steps, standing)
            if way:
                verdict.moved[place] = way[-1].new
                verdict.marks |= {each.old: MoveMark(MoveTold.ALL) for each in way} | {
                    way[-1].old: MoveMark(MoveTold.LEFT, flags)
                }
    return verdict


def _way_on(
    step: MoveStep, steps: Mapping[MessageId, MoveStep], standing: Callable[[MessageId], PlaceReading]
) -> list[MoveStep]:
    """Return the steps to a place where the message is still to be seen, none if it was told of on the way."""
    way = [step]
    while len(way) <= MOST_STEPS:
        at = way[-1].new
        where, further = standing(at), steps.get(at)
        if where is PlaceReading.KNOWN:
            return []
        if further is None:
            return way if where is PlaceReading.AHEAD else []
        if further.told is not MoveTold.NOTHING:
            return []
        way.append(further)
    return []
