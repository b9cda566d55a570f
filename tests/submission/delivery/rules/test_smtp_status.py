"""What an account shows of its last attempt."""

from __future__ import annotations

from postroom.smtp.replies import Reply
from postroom.submission.delivery.rules.posting import Because
from postroom.submission.delivery.rules.results import concluded, untouched
from postroom.submission.delivery.rules.smtp_status import failed_attempt, last_attempt
from postroom.submission.transmission.parcel import Carried
from postroom.words.strangers import Words
from tests.submission.delivery.rules.postings import AT, NOW, TAKEN, posting


def test_a_success_is_shown_with_the_words_of_the_server() -> None:
    shown = last_attempt(concluded(posting("a@x"), Carried(("a@x",), reply=TAKEN), AT), NOW)
    assert shown == {
        "created": "2027-01-15T08:00:00.000Z",
        "status": "ok",
        "response": "250 2.0.0 OK queued as 4711",
        "responseCode": 250,
        "code": None,
        "command": None,
        "description": "The server took the message.",
    }


def test_a_failure_is_shown_with_its_advice() -> None:
    result = concluded(posting("a@x"), Carried(("a@x",), reply=Reply(554, "spam", "5.7.1")), AT)
    shown = last_attempt(result, NOW)
    assert shown is not None
    assert (shown["status"], shown["response"], shown["responseCode"], shown["code"], shown["command"]) == (
        "error",
        "554 5.7.1 spam",
        554,
        "EMESSAGE",
        "DATA",
    )
    assert shown["description"]


def test_without_an_answer_the_fault_is_shown() -> None:
    shown = failed_attempt(Because(Words("Connection refused"), "ECONNREFUSED"), NOW)
    assert (shown["response"], shown["responseCode"]) == ("Connection refused", None)


def test_an_attempt_that_did_not_begin_shows_nothing() -> None:
    assert last_attempt(untouched(posting("a@x"), NOW), NOW) is None
