"""Gives each state a tone, which is a colour with a meaning, and words for people. Pure.

ok    it works           busy  something is being done      wait  it waits, or tries again by itself
bad   a person must act  idle  nothing happens, on purpose
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

__all__ = ["STATES", "Tone", "label", "tone"]

Tone: TypeAlias = Literal["ok", "busy", "wait", "bad", "idle"]

STATES: Final[Mapping[str, tuple[Tone, str]]] = {
    # Accounts.
    "init": ("busy", "Waiting to start"),
    "connecting": ("busy", "Connecting"),
    "syncing": ("busy", "Syncing"),
    "connected": ("ok", "Connected"),
    "authenticationError": ("bad", "Sign-in refused"),
    "connectError": ("wait", "Cannot connect"),
    "disconnected": ("wait", "Disconnected"),
    "unset": ("idle", "Nothing to connect to"),
    "paused": ("idle", "Paused"),
    # The health of accounts, nodes and endpoints.
    "healthy": ("ok", "Healthy"),
    "recovering": ("wait", "Recovering"),
    "failing": ("bad", "Failing"),
    "stopped": ("idle", "Stopped"),
    "live": ("ok", "Live"),
    "draining": ("wait", "Draining"),
    "lost": ("bad", "Lost"),
    # Submissions and deliveries.
    "queued": ("busy", "Queued"),
    "sending": ("busy", "Sending"),
    "sent": ("ok", "Sent"),
    "failed": ("bad", "Failed"),
    "unknown": ("bad", "Unknown"),
    "bounced": ("bad", "Bounced"),
    "cancelled": ("idle", "Cancelled"),
    "canceled": ("idle", "Cancelled"),
    "pending": ("busy", "Pending"),
    "retrying": ("wait", "Retrying"),
    "delivered": ("ok", "Delivered"),
    "dead": ("bad", "Dead"),
    "dropped": ("idle", "Dropped"),
    "replayed": ("idle", "Replayed"),
    "skipped": ("idle", "Skipped"),
}


def tone(state: str) -> Tone:
    """Return the tone of a state; one that is not known is idle."""
    return STATES[state][0] if state in STATES else "idle"


def label(state: str) -> str:
    """Return a state in words for people; one that is not known stays as it is."""
    return STATES[state][1] if state in STATES else state
