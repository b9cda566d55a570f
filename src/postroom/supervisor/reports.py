"""Builds what a runner reports: the description of the server, and the log line of a state change. Pure."""

from __future__ import annotations

from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.clients.introduction import Introduction

# A server's answer may be long. `lastError` has all of it.
_LONGEST_CAUSE = 300


def server_told(told: Introduction, tls: str) -> ServerTold:
    """Return the greeting, identity and capabilities of the server, and the TLS version if TLS is used."""
    identity = told.identity or None
    name = None if identity is None else identity.get("name", "")
    return ServerTold(told.greeting, told.capabilities, identity, name, tls or None)


def change_logged(before: State, report: Report) -> dict[str, str]:
    """Return the fields that the log adds to a change of state: the state before, the cause, the next attempt."""
    told = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None and report.error.code is not None:
        told["code"] = report.error.code
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
