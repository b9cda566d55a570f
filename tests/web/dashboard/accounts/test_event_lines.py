"""Events as lines: what is in them, and no more than a line."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.events.model import LoggedEvent
from postroom.web.dashboard.accounts.event_lines import EventLine, event_line


def line(kind: str, body: Any) -> EventLine:
    return event_line(LoggedEvent(7, 1, "a", 3, "id", kind, 1234, orjson.dumps(body).decode()))


def test_new_mail_says_what_and_from_whom() -> None:
    found = line("messageNew", {"path": "INBOX", "data": {"subject": "Hi", "from": {"name": "Anna", "address": "a@b"}}})
    assert (found.seq, found.at, found.type, found.tone) == (7, 1234, "messageNew", "busy")
    assert (found.subject, found.about) == ("Hi", "Anna · INBOX")


def test_a_refused_sign_in_says_what_the_server_said() -> None:
    found = line("authenticationError", {"data": {"response": "no"}})
    assert (found.subject, found.about, found.tone) == ("no", "", "bad")


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": []}, {"data": {"subject": 5, "from": "x"}}, {"data": {"from": None}}, []]
)
def test_members_that_are_missing_or_strange_are_left_out(body: Any) -> None:
    found = line("messageUpdated", body)
    assert (found.subject, found.about, found.tone) == ("", "", "idle")


def test_a_long_text_is_cut() -> None:
    assert len(line("messageNew", {"data": {"subject": "x" * 5000}}).subject) == 200
