"""Which failures are worth another try, for how long, and when."""

from __future__ import annotations

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.errors import PostroomError
from postroom.mailboxes.failures import (
    ChangeCutShort,
    Done,
    FlagsNotKept,
    FolderNotFound,
    IncompleteAnswer,
    MessageNotFound,
    ServerRefused,
    TimedOut,
    TrashNotFound,
)
from postroom.sessions.failures import dismissed
from postroom.submission.afterwards.patience import (
    DAY,
    HOUR,
    SPARE,
    Trouble,
    allowed_for,
    next_look,
    pause_after,
    trouble_of,
)
from postroom.submission.bodies import BodyGone
from postroom.words.strangers import take_in


def refusal(code: str, status: str = "NO") -> ServerRefused:
    return ServerRefused("refused", code, take_in("no"), status, "APPEND")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (dismissed(), Trouble(DAY, is_about_the_account=True)),
        (NotConnected(State.CONNECT_ERROR), Trouble(DAY, is_about_the_account=True)),
        (NotConnected(State.UNSET), Trouble(0)),
        (TimedOut("x", 1), Trouble(DAY, is_about_the_account=True)),
        (ChangeCutShort("x", Done(1)), Trouble(DAY)),
        (refusal("OVERQUOTA"), Trouble(DAY)),
        (refusal("UNAVAILABLE"), Trouble(DAY)),
        (refusal("ServerRefused", "BYE"), Trouble(DAY, is_about_the_account=True)),
        (refusal("ServerRefused"), Trouble(HOUR)),
        (refusal("ServerRefused", "BAD"), Trouble(HOUR)),
        (refusal("TOOBIG"), Trouble(0)),
        (refusal("NOPERM"), Trouble(0)),
        (IncompleteAnswer("x"), Trouble(HOUR)),
        (FolderNotFound("x"), Trouble(0)),
        (MessageNotFound(), Trouble(0)),
        (TrashNotFound(), Trouble(0)),
        (FlagsNotKept("x", ["y"]), Trouble(0)),
        (AccountNotFound(), Trouble(0)),
        (BodyGone(), Trouble(0)),
    ],
)
def test_how_long_a_failure_is_worth_another_try(error: PostroomError, expected: Trouble) -> None:
    assert trouble_of(error) == expected


def test_pauses_grow_up_to_an_hour() -> None:
    assert [pause_after(attempts, 0.5) for attempts in (1, 2, 3, 6, 7, 1000)] == [
        *(5_000, 15_000, 45_000, 1_215_000),
        *(HOUR, HOUR),
    ]


def test_pauses_spread() -> None:
    assert (pause_after(1, 0.0), pause_after(1, 1.0)) == (4_000, 6_000)


def test_an_account_without_a_session_is_left_alone_longer() -> None:
    assert pause_after(1, 0.5, is_about_the_account=True) == 30_000
    assert pause_after(4, 0.5, is_about_the_account=True) == 135_000


def test_an_unknown_message_is_looked_for_less_and_less_often() -> None:
    age, looks = 10_000, []
    while (wait := next_look(age)) is not None:
        looks.append(wait)
        age += wait
    assert looks == sorted(looks)
    assert looks[:3] == [60_000, 300_000, 1_790_000]
    assert age == 3 * DAY


def test_a_larger_message_has_more_time() -> None:
    assert allowed_for(0) == 60_000
    assert allowed_for(25_000_000) == 560_000
    assert SPARE > 0
