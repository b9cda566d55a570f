"""Each event of a message is a line; what servers said is made fit to be shown."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.events.model import LoggedEvent
from postroom.events.sending import SENDING
from postroom.web.dashboard.outbox.attempts import AttemptLine, attempt_lines

TO = {"envelope": {"from": "a@x", "to": ["b@x"]}}


def line(kind: str, data: Any) -> AttemptLine:
    payload = orjson.dumps({"event": kind, "data": data}).decode()
    (found,) = attempt_lines([LoggedEvent(1, 1, "a/b", 1, "id", kind, 5, payload)])
    return found


def test_an_attempt_that_failed_says_which_one_and_why() -> None:
    job = {"attemptsMade": 2, "attempts": 10}
    found = line("messageDeliveryError", {**TO, "job": job, "smtpResponse": "451 later\r\nnow", "error": "ours"})
    assert found == AttemptLine(5, "wait", "Attempt 2 of 10 failed for b@x", "451 later now")
    assert line("messageDeliveryError", {"error": "no route"}).said == "no route"


def test_a_sent_message_says_to_whom() -> None:
    many = {"envelope": {"to": [f"{n}@x" for n in range(5)]}, "response": "250 ok"}
    assert line("messageSent", many) == AttemptLine(
        5, "ok", "The mail server took it for 0@x, 1@x, 2@x and 2 more", "250 ok"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"as": "sent", "by": "sentMail", "message": "AAAB"}, "found it in sent mail"),
        ({"as": "sent", "by": "lateAnswer"}, "came late"),
        ({"as": "sent", "by": "bounce"}, "report"),
        ({"as": "sent", "by": "caller"}, "delivered"),
        ({"as": "retry", "by": "caller"}, "send it again"),
        ({}, "became known"),
    ],
)
def test_a_decision_says_who_made_it(data: dict[str, str], words: str) -> None:
    found = line("messageResolved", data)
    assert words in found.words
    assert found.href == ("/dashboard/accounts/a%2Fb/mail/AAAB" if "message" in data else "")


def test_a_report_says_whom_it_is_about() -> None:
    found = line("messageBounce", {"recipient": "b@x", "response": {"message": "no such user"}})
    assert (found.words, found.said) == ("A report says that it was not delivered to b@x", "no such user")


@pytest.mark.parametrize("kind", SENDING)
@pytest.mark.parametrize("data", [None, [], {"envelope": 5, "job": 5, "response": [], "message": 5}])
def test_whatever_an_event_holds_it_is_a_line(kind: str, data: Any) -> None:
    found = line(kind, data)
    assert found.words != kind, "each kind has words of its own"
