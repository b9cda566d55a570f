"""Every failure of a sign-in has words for its owner, whatever code the server gave."""

from __future__ import annotations

import pytest

from postroom.connections.failure_rules import ADVICE, RULES
from postroom.connections.failures import NO_TURN, Failure
from postroom.web.sign_in.causes import CAUSES, cause_of, field_of
from postroom.web.sign_in.forms import FIELDS
from postroom.web.sign_in.languages import languages

(APP_PASSWORD,) = (rule for rule in RULES if rule.code in ("APPPASSWORD", "5.7.9"))


def failure(code: str, kind: str = "connection", phase: str = "connect", advice: str = "") -> Failure:
    return Failure(kind, phase, code, "words", advice)  # type: ignore[arg-type]


@pytest.mark.parametrize("cause", sorted(CAUSES))
def test_every_cause_has_its_words_in_every_language(cause: str) -> None:
    for each in languages().values():
        assert each.text(f"cause.{cause}")
        assert each.text(f"cure.{cause}")


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (failure("AUTHENTICATIONFAILED", "authentication", "login"), "password"),
        (failure("ALERT", "authentication", "login", APP_PASSWORD.advice), "app_password"),
        (failure("5.7.139", "authentication", "login"), "sending_off"),
        (failure("IMAPDISABLED", "authentication", "login"), "imap_off"),
        (failure("ENOTFOUND", phase="dns"), "unknown_host"),
        (failure("ETIMEDOUT", phase="dns"), "unknown_host"),
        (failure("ETIMEDOUT", phase="connect"), "unreachable"),
        (failure("ETIMEDOUT", phase="tls"), "wrong_security"),
        (failure("ETIMEDOUT", phase="greeting"), "wrong_port"),
        (failure("ETIMEDOUT", phase="login"), "trouble"),
        (failure("ECONNREFUSED"), "unreachable"),
        (failure("ECERTNAME", phase="tls"), "certificate"),
        (failure("ETLS", phase="tls"), "wrong_security"),
        (failure("EPLAINTEXT", phase="tls"), "wrong_security"),
        (failure("EIMPLICITTLS", phase="greeting"), "wrong_security"),
        (failure("EEGRESSBLOCKED", phase="dns"), "private"),
        (failure("LIMIT", phase="login"), "busy"),
        *((failure(code), "busy") for code in sorted(NO_TURN)),
        (failure("SOMETHING"), "trouble"),
    ],
)
def test_what_it_means(found: Failure, cause: str) -> None:
    assert cause_of(found) == cause


def test_the_field_to_look_at() -> None:
    assert field_of("password", "imap") == "password"
    assert field_of("unknown_host", "smtp") == "smtp_host"
    assert field_of("wrong_security", "imap") == "imap_security"
    assert field_of("busy", "imap") is None
    for cause in CAUSES:
        for protocol in ("imap", "smtp"):
            assert field_of(cause, protocol) in {*FIELDS, "password", None}


def test_every_rule_and_code_leads_to_a_cause() -> None:
    for rule in RULES:
        assert cause_of(failure(rule.code, rule.kind, "login", rule.advice)) in CAUSES - {"trouble"}, rule
    for code in ADVICE:
        assert cause_of(failure(code.partition(" ")[0])) in CAUSES
