"""The last error of an account: what it shows of a failure. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from postroom.accounts.known.members import unknown_members
from postroom.clock import iso
from postroom.connections.failures import Failure, Phase
from postroom.words.strangers import Words

__all__ = ["LastError", "internal_failure", "last_error_of"]

_MEMBERS: Final = frozenset(
    {"response", "serverResponseCode", "phase", "time", "advice", "description", "tokenRequest"}
)


class LastError(NamedTuple):
    """Why an account is not connected: the `lastError` object of the API and of events.

    `response` are the words of the server or of the system, `code` is the server's response code or an errno name.
    `time` is ISO 8601. `token_request` is the OAuth2 token request that failed, without secrets. A member is None when
    it was not stored. A list of accounts makes many errors, so they are the kind of object quickest to make.
    """

    response: str | None
    code: str | None = None
    phase: str | None = None
    time: str | None = None
    advice: str | None = None
    description: str | None = None
    token_request: Mapping[str, object] | None = None
    others: Mapping[str, object] | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> LastError:
        """Read the stored object."""
        get = row.get
        return cls(
            get("response"),
            get("serverResponseCode"),
            get("phase"),
            get("time"),
            get("advice"),
            get("description"),
            get("tokenRequest"),
            unknown_members(row, _MEMBERS),
        )

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored, sent with events and shown."""
        row: dict[str, object] = {
            "response": self.response,
            "serverResponseCode": self.code,
            "phase": self.phase,
            "time": self.time,
            "advice": self.advice,
        }
        if None in row.values():
            row = {name: value for name, value in row.items() if value is not None}
        if self.description is not None:
            row["description"] = self.description
        if self.token_request is not None:
            row["tokenRequest"] = self.token_request
        if self.others is not None:
            row |= self.others
        return row


def last_error_of(
    failure: Failure,
    at: int,
    given_up_after: float | None = None,
    token_request: Mapping[str, object] | None = None,
) -> LastError:
    """Return the last error that a failure makes at a time (milliseconds since 1970).

    `given_up_after` are the days of refusals after which the account was stopped.
    """
    description = None
    if given_up_after is not None:
        description = (
            f"Stopped after the credentials had been refused for {given_up_after:.1f} days. "
            "Send new credentials, or ask for a reconnect."
        )
    return LastError(failure.response, failure.code, failure.phase, iso(at), failure.advice, description, token_request)


def internal_failure(phase: Phase) -> Failure:
    """Return the verdict for an error of Postroom itself. Its cause is in the log, not in the API."""
    return Failure(
        "connection",
        phase,
        "InternalError",
        Words("Postroom could not go on with this account because of an internal fault."),
        "Look into the log for this account's name and report the fault; the account is tried again by itself.",
    )
