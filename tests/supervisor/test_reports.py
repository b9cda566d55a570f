"""What a runner writes down for people."""

from __future__ import annotations

from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import Report
from postroom.connections.clients.introduction import Introduction
from postroom.supervisor.reports import change_logged, server_told
from postroom.words.strangers import Words


def test_a_server_that_told_who_it_is_is_named() -> None:
    told = Introduction(Words("ready"), [Words("IMAP4rev1")], {"name": Words("Dovecot")})
    assert server_told(told, "TLSv1.3").as_row() == {
        "greeting": "ready",
        "capabilities": ["IMAP4rev1"],
        "id": {"name": "Dovecot"},
        "name": "Dovecot",
        "tls": "TLSv1.3",
    }


def test_what_a_server_did_not_tell_is_left_out() -> None:
    assert server_told(Introduction(Words("ready"), [], {}), "").as_row() == {"greeting": "ready", "capabilities": []}


def test_a_change_is_logged_with_its_cause_and_what_is_next() -> None:
    report = Report(Trigger.SIGNED_IN, 0, "x" * 1000, error=LastError("late", "ETIMEDOUT"), next_attempt=0)
    told = change_logged(State.CONNECTING, report)
    assert told["before"] == "connecting"
    assert 0 < len(told["cause"]) < 1000
    assert (told["code"], told["next_attempt"]) == ("ETIMEDOUT", "1970-01-01T00:00:00.000Z")
    assert change_logged(State.INIT, Report(Trigger.SIGNED_IN, 0, "signed in")) == {
        "before": "init",
        "cause": "signed in",
    }
