"""Builds what a runner reports: the description of the server, and the log line of a state change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from postroom.accounts.lifecycle import State
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.clients.introduction import Introduction

# A server's answer may be long. `lastError` has all of it.
_LONGEST_CAUSE = 300


class ServerDocument(TypedDict):
    """A mail server's description of itself, as stored; `tls` is the version."""

    greeting: str
    capabilities: Sequence[str]
    id: NotRequired[Mapping[str, str]]
    name: NotRequired[str]
    tls: NotRequired[str]


def server_document(told: Introduction, tls: str) -> ServerDocument:
    """Return the `server` object of the API: greeting, identity, capabilities, and the TLS version if TLS is used."""
    server: ServerDocument = {"greeting": told.greeting, "capabilities": told.capabilities}
    if told.identity:
        server["id"] = told.identity
        server["name"] = told.identity.get("name", "")
    if tls:
        server["tls"] = tls
    return server


def change_logged(before: State, report: Report) -> dict[str, str]:
    """Return the fields that the log adds to a change of state: the state before, the cause, the next attempt."""
    told = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None:
        told["code"] = report.error["serverResponseCode"]
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
