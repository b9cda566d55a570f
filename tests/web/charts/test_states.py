"""Every state has a colour and a name for people."""

from __future__ import annotations

from postroom.accounts.lifecycle import State
from postroom.schemas.showing.accounts import STATE_LABELS
from postroom.web.charts.states import STATE_TONES


def test_every_state_has_its_colour_and_its_name() -> None:
    assert set(STATE_TONES) == set(STATE_LABELS) == set(State)


def test_only_errors_look_like_errors() -> None:
    loud = {state for state, tone in STATE_TONES.items() if tone in ("bad", "warn")}
    assert loud == {State.AUTHENTICATION_ERROR, State.CONNECT_ERROR}
