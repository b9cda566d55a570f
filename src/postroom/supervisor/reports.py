"""Builds what a runner reports: the description of the server, and the log line of a state change. Pure."""

from __future__ import annotations

from typing import Any

from postroom.accounts.lifecycle import State
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.clients.introduction import Introduction

# A server's answer may be long. `lastError` has all of it.
_LONGEST_CAUSE = 300


def server_document(told: Introduction, tls: str) -> dict[str, Any]:
    """Return the `server` object of the API: greeting, identity, capabilities, and the TLS version if TLS is used."""
    server: dict[str, Any] = {"greeting": told.greeting, "capabilities": told.capabilities}
    if told.identity:
        server["id"] = told.identity
        server["name"] = told.identity.get("name", "")
    if tls:
        server["tls"] = tls
    return server


def change_logged(before: State, report: Report) -> dict[str, Any]:
    """Return the fields that the log adds to a change of state: the state before, the cause, the next attempt."""
    told: dict[str, Any] = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None:
        told["code"] = report.error["serverResponseCode"]
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
