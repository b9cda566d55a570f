"""The `lastError` object: what an account shows of a failure. Pure."""

from __future__ import annotations

from postroom.accounts.model import Told
from postroom.clock import iso
from postroom.connections.failures import Failure, Phase
from postroom.words import Words

__all__ = ["error_document", "internal_failure"]


def error_document(failure: Failure, at: int, given_up_after: float | None = None) -> Told:
    """Return the `lastError` object: the server's words and code, the phase, the time, and advice.

    `given_up_after` are the days of refusals after which the account was stopped.
    """
    document: Told = {
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
    """Return the verdict for an error of Postroom itself. Its cause is in the log, not in the API."""
    return Failure(
        "connection",
        phase,
        "InternalError",
        Words("Postroom could not go on with this account because of an internal fault."),
        "Look into the log for this account's name and report the fault; the account is tried again by itself.",
    )
