"""Every state has its colour and its words."""

from __future__ import annotations

from typing import get_args

from postroom.accounts.lifecycle import Health, State
from postroom.web.design.tones import STATES, Tone, label, tone


def test_every_state_and_health_of_an_account_has_words() -> None:
    assert {*State, *Health} <= STATES.keys()
    assert {found for found, _ in STATES.values()} <= set(get_args(Tone))


def test_what_needs_a_person_is_bad() -> None:
    assert {state for state in State if tone(state) == "bad"} == {State.AUTHENTICATION_ERROR}
    assert (label("authenticationError"), tone("connected")) == ("Sign-in refused", "ok")


def test_a_state_that_is_not_known_stays_as_it_is() -> None:
    assert (label("<new>"), tone("<new>")) == ("<new>", "idle")
