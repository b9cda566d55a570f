"""An error in the middle of a change says what was done, and what is not known."""

from __future__ import annotations

import pytest

from postroom.mailboxes.changing.progress import Progress, truthful
from postroom.mailboxes.failures import (
    ChangeCutShort,
    ChangeRefused,
    ChangeTimedOut,
    Done,
    MessageNotFound,
    ServerRefused,
    TimedOut,
)
from postroom.sessions.failures import SessionFailed, dismissed
from postroom.words.strangers import take_in


def refusal(status: str = "NO") -> ServerRefused:
    return ServerRefused("The mail server refused UID STORE: no", "NOPERM", take_in("no"), status, "UID STORE")


@pytest.mark.parametrize("error", [TimedOut("waits", 500), dismissed(), refusal(), refusal("BYE")])
def test_before_the_change_began_errors_stay_as_they_are(error: Exception) -> None:
    progress = Progress(3)
    with pytest.raises(type(error)) as caught, truthful(progress):
        raise error
    assert caught.value is error


def test_the_time_is_over_during_a_change() -> None:
    progress = Progress(3)
    progress.sending(1)
    progress.answered()
    progress.sending(2)
    with pytest.raises(ChangeTimedOut, match="1 of 3") as caught, truthful(progress):
        raise TimedOut("waits", 500)
    assert (caught.value.ttl, caught.value.done) == (500, Done(3, 1, 2))
    assert "for 2 the outcome is not known" in caught.value.message


@pytest.mark.parametrize("error", [dismissed(), refusal("BYE")])
def test_the_session_ends_during_a_change(error: SessionFailed | ServerRefused) -> None:
    progress = Progress(1)
    progress.sending(1)
    with pytest.raises(ChangeCutShort) as caught, truthful(progress):
        raise error
    assert caught.value.done == Done(1, 0, 1)


def test_a_refusal_after_something_was_done() -> None:
    progress = Progress(2, moved=[("a", "b")])
    progress.sending(1)
    progress.answered()
    progress.sending(1)
    progress.refused()
    with pytest.raises(ChangeRefused) as caught, truthful(progress):
        raise refusal()
    assert caught.value.done == Done(2, 1, 0, 0, (("a", "b"),))
    assert (caught.value.code, caught.value.said) == ("NOPERM", "no")


def test_other_errors_pass() -> None:
    progress = Progress(1)
    progress.sending(1)
    with pytest.raises(MessageNotFound), truthful(progress):
        raise MessageNotFound


def test_the_only_message_was_taken_at_this_moment() -> None:
    error = ServerRefused("m", "EXPUNGEISSUED", take_in("gone"), "NO", "UID COPY")
    with pytest.raises(MessageNotFound), truthful(Progress(1)):
        raise error
    with pytest.raises(ServerRefused), truthful(Progress(2)):
        raise error
