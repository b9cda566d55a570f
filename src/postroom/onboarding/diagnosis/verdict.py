"""One verdict from all the steps of a diagnosis. The meaning of each failure was decided where it happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from postroom.connections.failures import Failure
from postroom.connections.quirks.library import matching
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.diagnosis.trail import Protocol, Trail

__all__ = ["Verdict", "conclude"]

CauseClass = Literal["none", "authentication", "connection"]

_DOING: Final[Mapping[str, str]] = {
    "credentials": "there is nothing to sign in with",
    "oauth2-token": "no access token can be had",
    "auth-server": "the authentication server gives no credentials",
    "dns": "the name of the server cannot be resolved",
    "tcp-ipv4": "no connection can be made",
    "tcp-ipv6": "no connection can be made",
    "connect": "no connection can be made",
    "turn": "it is not its turn to sign in",
    "tls": "the connection cannot be encrypted",
    "starttls": "the connection cannot be encrypted",
    "greeting": "the server does not greet",
    "login": "the sign-in fails",
    "folders": "the folders cannot be listed",
    "idle": "IDLE fails",
    "time": "the server is too slow",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong (`cause`) and what to do (`cure`), in plain words. Both are set even when all is well.

    `kind` says whether it is about the credentials. `code` is that of the failure, empty without one. `remarks` are
    about things that work but need attention.
    """

    kind: CauseClass
    cause: str
    cure: str
    protocol: Protocol | None = None
    step: str = ""
    code: str = ""
    remarks: tuple[str, ...] = ()


def conclude(trails: Sequence[Trail]) -> Verdict:
    """Return the verdict on the first protocol in which something failed."""
    remarks = tuple(
        f"{trail.protocol.upper()}, {step.name}: {step.remark}"
        for trail in trails
        for step in trail.steps
        if step.outcome == "warning"
    )
    if not trails:
        return Verdict("none", "There are no IMAP or SMTP settings in use.", "Give the account settings to use.")
    for trail in trails:
        for step in trail.steps:
            if step.failure is not None:
                return Verdict(
                    step.failure.kind,
                    _cause(trail, step.name, step.failure),
                    _cure(trail, step.failure),
                    trail.protocol,
                    step.name,
                    step.failure.code,
                    remarks,
                )
    return Verdict("none", "Everything works.", "Nothing needs to be done.", remarks=remarks)


def _cause(trail: Trail, step: str, failure: Failure) -> str:
    where = f" at {trail.host}:{trail.port}" if trail.host else ""
    said = f": {failure.response}" if failure.response else "."
    return f"{trail.protocol.upper()}{where}: {_DOING.get(step, f'{step} fails')}{said}"


def _cure(trail: Trail, failure: Failure) -> str:
    """Return the advice, and the provider's rules for people who sign in with a password."""
    if failure.kind != "authentication":
        return failure.advice
    greeting = next((str(step.told.get("greeting", "")) for step in trail.steps if step.name == "greeting"), "")
    for profile in matching(trail.host, greeting=greeting):
        if profile.app_password is not None:
            return f"{failure.advice} {profile.name}: {profile.app_password.instructions}"
    return failure.advice
