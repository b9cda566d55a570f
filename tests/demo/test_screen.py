"""What the demonstration shows of events, and that nobody commands the terminal with it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from postroom.demo.screen import Screen, summary
from tests.fakes.strangers import NASTY, UNFIT


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"event": "messageNew", "path": "INBOX", "data": {"subject": "Hello"}}, "“Hello” in INBOX"),
        ({"event": "messageNew", "path": "INBOX", "data": {}}, "“” in INBOX"),
        ({"event": "messageMoved", "path": "Done", "data": {"previous": {"path": "INBOX"}}}, "from INBOX to Done"),
        ({"event": "mailboxNew", "path": "Done", "data": {"name": "Done"}}, "Done"),
        ({"event": "authenticationError", "data": {"response": "NO", "user": "u"}}, "NO"),
        ({"event": "authenticationSuccess", "data": {"user": "u"}}, "u"),
        (
            {"event": "messageSent", "data": {"envelope": {"to": ["a@x", "b@x"]}, "response": "250 OK"}},
            "to a@x, b@x: 250 OK",
        ),
        ({"event": "messageFailed", "data": {"envelope": {"to": ["a@x"]}, "error": "Refused"}}, "to a@x: Refused"),
        ({"event": "accountAdded", "data": {"account": "a"}}, "a"),
        ({"event": "odd", "data": []}, ""),
        ({}, ""),
    ],
)
def test_of_an_event_the_part_that_people_look_for_is_shown(event: dict[str, Any], text: str) -> None:
    assert summary(event) == text


def test_each_thing_is_one_line_and_what_is_copied_is_not_wrapped() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, width=40))
    screen.state(1.5, "connected", "signed in")
    screen.call("GET", "/v1/account/a", "200")
    screen.copyable("curl " + "x" * 100)
    lines = out.getvalue().splitlines()
    assert "1.50 s" in lines[0]
    assert "  curl " + "x" * 100 in lines


def test_the_words_of_strangers_do_not_command_the_terminal() -> None:
    out = io.StringIO()
    screen = Screen(Console(file=out, width=4000))
    screen.webhook(0.0, {"event": "messageNew", "path": NASTY, "data": {"subject": NASTY}})
    shown = out.getvalue().removesuffix("\n").replace("\u200b", "").replace("\u200d", "")
    assert not UNFIT.search(shown)
