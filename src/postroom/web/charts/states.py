"""The colours of the states of accounts, in the order of a chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.accounts.lifecycle import State
from postroom.web.charts.series import Tone

__all__ = ["STATE_TONES"]

STATE_TONES: Final[Mapping[State, Tone]] = {
    State.AUTHENTICATION_ERROR: "bad",
    State.CONNECT_ERROR: "warn",
    State.DISCONNECTED: "quiet",
    State.UNSET: "quiet",
    State.PAUSED: "quiet",
    State.INIT: "quiet",
    State.CONNECTING: "busy",
    State.SYNCING: "busy",
    State.CONNECTED: "good",
}
"""The states from the worst to the best. Their names for people are in `schemas/showing/accounts`."""
