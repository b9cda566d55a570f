"""What a runner writes down for people: the description of the server, a line of the log. Pure."""

from __future__ import annotations

from typing import Any

from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.clients.introduction import Introduction

# A server may say a lot; the whole of it is in `lastError`.
_LONGEST_CAUSE = 300


def server_told(told: Introduction, tls: str) -> ServerTold:
    """Return the server's greeting, name and capabilities, and the version of TLS if it is used."""
    identity = told.identity or None
    name = None if identity is None else identity.get("name", "")
    return ServerTold(told.greeting, told.capabilities, identity, name, tls or None)


def change_logged(before: State, report: Report) -> dict[str, Any]:
    """Return what the log tells of a change of state besides the account and the new state: why, and what is next."""
    told: dict[str, Any] = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None:
        told["code"] = report.error.code
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
