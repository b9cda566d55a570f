"""What servers said, in steps."""

from __future__ import annotations

from postroom.connections.failures import Failure, Phase
from postroom.onboarding.verify import SignInReport
from postroom.web.dashboard.adding.tries import all_worked, blamed, result_of
from postroom.words.strangers import Words


def failed(phase: Phase, code: str = "AUTHENTICATIONFAILED", kind: str = "connection") -> SignInReport:
    failure = Failure(kind, phase, code, Words("No."), "Do this.")  # type: ignore[arg-type]
    return SignInReport("imap", "imap.example.com", 993, failure)


GOOD = SignInReport("smtp", "smtp.example.com", 465, greeting="hello")


def test_a_sign_in_that_worked() -> None:
    found = result_of(GOOD)
    assert (found.purpose, found.address, found.worked) == ("Sending", "smtp.example.com:465", True)
    assert [(line.worked, line.said) for line in found.lines] == [(True, "hello"), (True, "")]


def test_the_steps_before_the_failure_worked() -> None:
    found = result_of(failed("login"), "starttls")
    assert [line.title for line in found.lines] == [
        "The name of the server",
        "The connection",
        "The greeting",
        "Encryption",
        "The sign-in",
    ]
    assert [line.worked for line in found.lines] == [True, True, True, True, False]
    assert (found.lines[-1].said, found.lines[-1].advice) == ("No.", "Do this.")


def test_nothing_is_claimed_of_a_server_that_was_perhaps_never_asked() -> None:
    for found in (
        result_of(failed("login", "EHOSTPAUSED"), "tls"),
        result_of(failed("login"), "tls", has_password=False),
        result_of(failed("sync"), "tls"),
        result_of(failed("login")),
    ):
        assert [line.worked for line in found.lines] == [False]


def test_the_field_that_is_to_blame() -> None:
    assert blamed([GOOD]) == {}
    assert blamed([failed("login", kind="authentication"), GOOD]) == {
        "imap.auth.pass": "The sign-in was refused. Do this."
    }
    assert list(blamed([failed("dns", "ENOTFOUND")])) == ["imap.host"]
    assert list(blamed([failed("login", "THROTTLED")])) == []


def test_all_must_have_worked() -> None:
    assert all_worked([GOOD])
    assert not all_worked([GOOD, failed("dns")])
