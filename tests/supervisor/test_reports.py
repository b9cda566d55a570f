"""What a runner writes down for people."""

from __future__ import annotations

from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import Report
from postroom.connections.clients.introduction import Introduction
from postroom.supervisor.reports import change_logged, server_document
from postroom.words import take_in


def test_a_server_that_told_who_it_is_is_named() -> None:
    told = Introduction(take_in("ready"), [take_in("IMAP4rev1")], {"name": take_in("Dovecot")})
    assert server_document(told, "TLSv1.3") == {
        "greeting": "ready",
        "capabilities": ["IMAP4rev1"],
        "id": {"name": "Dovecot"},
        "name": "Dovecot",
        "tls": "TLSv1.3",
    }


def test_what_a_server_did_not_tell_is_left_out() -> None:
    assert server_document(Introduction(take_in("ready"), [], {}), "") == {"greeting": "ready", "capabilities": []}


def test_a_change_is_logged_with_its_cause_and_what_is_next() -> None:
    report = Report(Trigger.SIGNED_IN, 0, "x" * 1000, error={"serverResponseCode": "ETIMEDOUT"}, next_attempt=0)
    told = change_logged(State.CONNECTING, report)
    assert told["before"] == "connecting"
    assert 0 < len(told["cause"]) < 1000
    assert (told["code"], told["next_attempt"]) == ("ETIMEDOUT", "1970-01-01T00:00:00.000Z")
    assert change_logged(State.INIT, Report(Trigger.SIGNED_IN, 0, "signed in")) == {
        "before": "init",
        "cause": "signed in",
    }
