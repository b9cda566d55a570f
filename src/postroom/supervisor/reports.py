"""What a runner writes down for people: the description of the server, a line of the log. Pure."""

from __future__ import annotations

from typing import Any

from postroom.accounts.lifecycle import State
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.clients.introduction import Introduction

# A server may say a lot; the whole of it is in `lastError`.
_LONGEST_CAUSE = 300


def server_document(told: Introduction, tls: str) -> dict[str, Any]:
    """Return the `server` object of the API: greeting, name, capabilities, and the version of TLS if it is used."""
    server: dict[str, Any] = {"greeting": told.greeting, "capabilities": told.capabilities}
    if told.identity:
        server["id"] = told.identity
        server["name"] = told.identity.get("name", "")
    if tls:
        server["tls"] = tls
    return server


def change_logged(before: State, report: Report) -> dict[str, Any]:
    """Return what the log tells of a change of state besides the account and the new state: why, and what is next."""
    told: dict[str, Any] = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None:
        told["code"] = report.error["serverResponseCode"]
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
