"""The overview in one sentence: does anything need a person? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from postroom.accounts.lifecycle import State
from postroom.attention.need import Need, Urgency
from postroom.footprint.dataclass import dataclass
from postroom.web.charts.scale import thousands
from postroom.web.design.tones import Tone

__all__ = ["TONES", "OverviewVerdict", "verdict"]

TONES: Final[Mapping[Urgency, Tone]] = {Urgency.NOW: "bad", Urgency.SOON: "wait", Urgency.NOTE: "busy"}
"""How a need looks."""


_ON_THE_WAY: Final = (State.INIT, State.CONNECTING, State.SYNCING)


@dataclass(frozen=True, slots=True)
class OverviewVerdict:
    """The sentence, what stands under it, and how it looks. `short` is for the title of the browser's tab."""

    tone: Tone
    title: str
    text: str
    short: str = ""


def verdict(needs: Sequence[Need], states: Mapping[str, int]) -> OverviewVerdict:
    """Return the verdict on needs, with the numbers of accounts by state."""
    urgent = sum(need.urgency is Urgency.NOW for need in needs)
    if urgent:
        title = "1 thing needs you" if urgent == 1 else f"{urgent} things need you"
        return OverviewVerdict("bad", title, connected(states), f"{urgent} to do")
    lasting = sum(need.urgency is Urgency.SOON for need in needs)
    if lasting:
        title = "1 thing to look into" if lasting == 1 else f"{lasting} things to look into"
        return OverviewVerdict("wait", title, f"It is tried again by itself. {connected(states)}")
    return OverviewVerdict("ok", "Nothing needs you", connected(states))


def connected(states: Mapping[str, int]) -> str:
    """Return in words how many of the accounts are connected. Those with nothing to connect to do not count."""
    wanted = sum(states.values()) - states.get(State.UNSET.value, 0)
    there = states.get(State.CONNECTED.value, 0)
    if not wanted:
        return "No account has a mailbox to connect to."
    if there == wanted:
        return "The only account is connected." if wanted == 1 else f"All {thousands(wanted)} accounts are connected."
    on_the_way = sum(states.get(state.value, 0) for state in _ON_THE_WAY)
    rest = f", {thousands(on_the_way)} on the way" if on_the_way else ""
    return f"{thousands(there)} of {thousands(wanted)} accounts are connected{rest}."
