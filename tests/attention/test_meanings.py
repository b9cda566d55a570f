"""Failures in words: every reason that is known has some, and many codes of one reason are one."""

from __future__ import annotations

import pytest

from postroom.attention.meanings import MEANINGS, meaning_of
from postroom.connections.failure_rules import ADVICE, RULES, Rule
from postroom.oauth2.model import TOKEN_ADVICE


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_words_whatever_code_the_server_gave(rule: Rule) -> None:
    name, meaning = meaning_of("ALERT", rule.advice, is_refusal=rule.kind == "authentication")
    assert name in MEANINGS
    assert meaning.passes == (rule.kind == "connection" and name != "NOTCONNECTED")


@pytest.mark.parametrize("code", sorted(ADVICE.keys() - {"other"}))
def test_every_code_of_ours_has_words(code: str) -> None:
    assert code in MEANINGS


@pytest.mark.parametrize("error", TOKEN_ADVICE)
def test_every_error_of_a_token_endpoint_has_words(error: str) -> None:
    assert meaning_of("OauthRenewError", TOKEN_ADVICE[error], is_refusal=True)[0] == error


def test_gmails_alert_is_told_from_a_wrong_password() -> None:
    advice = next(rule.advice for rule in RULES if rule.code == "APPPASSWORD" or "5.7.9" in rule.codes)
    _, meaning = meaning_of("ALERT", advice, is_refusal=True)
    assert meaning.words(1) == "wants an app password"
    assert meaning.words(12) == "want an app password"


def test_what_is_not_known_still_has_words() -> None:
    assert meaning_of("X", "?", is_refusal=True)[1].many == "cannot sign in"
    name, meaning = meaning_of("X", "?", is_refusal=False)
    assert (name, meaning.many, meaning.passes) == ("", "cannot connect", True)
