"""The table of refusals as data: every rule can fit, says what to do, and tells where it is known from."""

from __future__ import annotations

import re

import pytest

from postroom.connections.failure_rules import ADVICE, CREDENTIAL_CODES, RULES, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_can_fit_and_explains_itself(rule: Rule) -> None:
    assert rule.codes or rule.text is not None
    assert rule.code
    assert re.fullmatch(r"[A-Z].*\.", rule.advice)
    assert rule.source
    assert all(code == code.upper() for code in rule.codes)
    assert rule.pause is None or 0 < rule.pause <= 86_400


def test_no_code_belongs_to_two_rules() -> None:
    codes = [code for rule in RULES if rule.text is None for code in rule.codes]
    assert len(codes) == len(set(codes))


def test_texts_are_found_in_whatever_case() -> None:
    assert all(rule.text.flags & re.IGNORECASE for rule in RULES if rule.text is not None)


def test_a_pause_of_the_whole_host_has_a_length_or_a_rule_for_it() -> None:
    assert all(rule.kind == "connection" for rule in RULES if rule.host_wide)


def test_there_is_advice_where_no_rule_fits() -> None:
    assert {"AUTHENTICATIONFAILED", "other"} <= ADVICE.keys()
    assert all(text.endswith(".") for text in ADVICE.values())
    assert all(code == code.upper() for code in CREDENTIAL_CODES)
