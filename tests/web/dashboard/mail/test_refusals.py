"""Each reason why mail cannot be shown has its words and its status."""

from __future__ import annotations

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import NotConnected
from postroom.connections.failures import Failure
from postroom.mailboxes.failures import (
    FolderNotFound,
    IncompleteAnswer,
    InvalidCursor,
    InvalidId,
    MessageNotFound,
    MissingExtension,
    PartNotFound,
    ServerRefused,
    TimedOut,
    UnsupportedSearchTerm,
)
from postroom.sessions.failures import InUse, NoPlace, SessionFailed
from postroom.streaming.downloads.ranges import RangeNotSatisfiable
from postroom.web.dashboard.mail.refusals import REFUSALS, refusal_of
from postroom.words.strangers import Words

LOST = Failure("connection", "connect", "ECONNREFUSED", Words("Connection refused"), "Start the server.")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotConnected(State.INIT), 503, "not connected"),
        (NoPlace("a", "h", InUse(1, 1, 1, 1, 0), 1.0), 503, "No session"),
        (SessionFailed(LOST, "connection"), 503, "cannot be used"),
        (TimedOut("waiting", 15_000), 504, "within 15 seconds"),
        (FolderNotFound("x"), 404, "folder"),
        (FolderNotFound("x", is_empty_level=True), 404, "folder"),
        (MessageNotFound(), 404, "message"),
        (PartNotFound("x"), 404, "message"),
        (InvalidId("x"), 404, "message"),
        (InvalidCursor("x"), 400, "page"),
        (UnsupportedSearchTerm("x", "text"), 422, "search"),
        (MissingExtension("text", "X"), 422, "search"),
        (ServerRefused("x", "NO", Words("go away"), "NO", "EXAMINE"), 502, "refused"),
        (IncompleteAnswer("x"), 502, "everything"),
        (RangeNotSatisfiable(5), 416, "file"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_each_reason_is_told(error: Exception, status: int, words: str) -> None:
    assert isinstance(error, REFUSALS)
    refusal = refusal_of(error)
    assert refusal.status == status
    assert words in refusal.title
    assert refusal.advice
    assert "X-EE" not in refusal.title + refusal.advice, "that is for programs"


def test_the_words_of_the_server_are_kept() -> None:
    refusal = refusal_of(SessionFailed(LOST, "connection"))
    assert (refusal.said, refusal.advice, refusal.is_about_account) == ("Connection refused", "Start the server.", True)


@pytest.mark.parametrize("state", [State.INIT, State.SYNCING, State.UNSET, State.AUTHENTICATION_ERROR])
def test_the_state_says_what_to_do(state: State) -> None:
    advice = refusal_of(NotConnected(state)).advice
    assert ("in a moment" in advice) is (state in (State.INIT, State.SYNCING))
    assert ("no mailbox" in advice) is (state is State.UNSET)
