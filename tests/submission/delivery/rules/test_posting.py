"""A message as an attempt finds it."""

from __future__ import annotations

from postroom.submission.delivery.rules.posting import Addressee, Because
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.words.strangers import Words
from tests.submission.delivery.rules.postings import posting


def test_all_recipients_are_asked_at_first() -> None:
    assert posting("a@x", "b@x", "a@x").next_recipients(None) == ("a@x", "b@x")


def test_no_transaction_has_more_recipients_than_the_server_takes() -> None:
    assert posting("a@x", "b@x", "c@x").next_recipients(2) == ("a@x", "b@x")


def test_deferred_recipients_wait_until_all_others_were_asked() -> None:
    deferred, queued = RecipientState.DEFERRED, RecipientState.QUEUED
    assert posting("a@x", "b@x", states=(deferred, queued)).next_recipients(None) == ("b@x",)
    assert posting("a@x", "b@x", states=(deferred, deferred)).next_recipients(None) == ("a@x", "b@x")


def test_finished_recipients_are_not_asked_again() -> None:
    states = (RecipientState.SENT, RecipientState.REFUSED, RecipientState.DEFERRED, RecipientState.UNKNOWN)
    assert posting("a@x", "b@x", "c@x", "d@x", states=states).next_recipients(None) == ("c@x",)


def test_an_addressee_tells_what_is_known() -> None:
    outcome = RecipientOutcome(RecipientState.REFUSED, 550, "5.1.1", "No such user", "Check the address.")
    assert Addressee(0, "a@x", outcome).said().data() == {
        "recipient": "a@x",
        "state": "refused",
        "smtpResponseCode": 550,
        "enhancedCode": "5.1.1",
        "smtpResponse": "No such user",
        "advice": "Check the address.",
    }


def test_a_cause_has_a_row() -> None:
    because = Because(Words("550 No"), "EENVELOPE", "RCPT TO", Words("550 No"), 550, "Check it.")
    assert because.as_row() == {
        "message": "550 No",
        "code": "EENVELOPE",
        "statusCode": 550,
        "command": "RCPT TO",
        "advice": "Check it.",
    }
