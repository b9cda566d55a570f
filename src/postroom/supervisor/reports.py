"""What a runner writes down for people: `lastError`, the description of the server, a line of the log. Pure."""

from __future__ import annotations

from typing import Any

from postroom.accounts.journal import Report
from postroom.accounts.lifecycle import State
from postroom.clock import iso
from postroom.connections.failures import Failure, Phase
from postroom.connections.imap_client import ImapClient

# A server may say a lot; the whole of it is in `lastError`.
_LONGEST_CAUSE = 300
_ID_KEYS = ("name", "vendor", "version")


def error_document(failure: Failure, at: int, given_up_after: float | None = None) -> dict[str, Any]:
    """Return the `lastError` object: the server's own words and code, the phase, the time, and what to do.

    `given_up_after`: days of refusals after which the account was stopped.
    """
    document: dict[str, Any] = {
        "response": failure.response,
        "serverResponseCode": failure.code,
        "phase": failure.phase,
        "time": iso(at),
        "advice": failure.advice,
    }
    if given_up_after is not None:
        document["description"] = (
            f"Stopped after the credentials had been refused for {given_up_after:.1f} days. "
            "Send new credentials, or ask for a reconnect."
        )
    return document


def internal_failure(phase: Phase) -> Failure:
    """Return the verdict for a fault of Postroom's own; its cause is in the log, not in the API."""
    return Failure(
        "connection",
        phase,
        "InternalError",
        "Postroom could not go on with this account because of an internal fault.",
        "Look into the log for this account's name and report the fault; the account is tried again by itself.",
    )


def server_document(client: ImapClient) -> dict[str, Any]:
    """Return the `server` object of the API: greeting, name, capabilities and how the connection is protected."""
    info = client.info
    server: dict[str, Any] = {"greeting": info.greeting, "capabilities": sorted(info.capabilities)}
    identity = {key: value for key, value in (info.server_id or {}).items() if key in _ID_KEYS and value}
    if identity:
        server["id"] = identity
        server["name"] = identity.get("name", "")
    if client.security.version:
        server["tls"] = client.security.version
    return server


def change_logged(before: State, report: Report) -> dict[str, Any]:
    """Return what the log tells of a change of state besides the account and the new state: why, and what is next."""
    told: dict[str, Any] = {"before": before.value, "cause": report.cause[:_LONGEST_CAUSE]}
    if report.error is not None:
        told["code"] = report.error["serverResponseCode"]
    if report.next_attempt is not None:
        told["next_attempt"] = iso(report.next_attempt)
    return told
