"""How an account is, for somebody who must decide whether to act: a headline, the reason, and what to do. Pure."""

from __future__ import annotations

from typing import Final

from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountView
from postroom.connections.quirks.library import matching
from postroom.footprint.dataclass import dataclass
from postroom.web.design.tones import Tone, tone

__all__ = ["Condition", "condition_of"]

_HEADLINES: Final = {
    State.INIT: "It waits to be connected",
    State.CONNECTING: "It signs in to its server",
    State.SYNCING: "Its folders are read",
    State.CONNECTED: "New mail is noticed as it arrives",
    State.AUTHENTICATION_ERROR: "The server refuses the sign-in",
    State.CONNECT_ERROR: "The server cannot be used",
    State.DISCONNECTED: "The connection was lost",
    State.UNSET: "There is nothing to connect to",
    State.PAUSED: "What is known of the mailbox is being forgotten",
}
_STOPPED: Final = "It is disconnected on purpose"
_GIVEN_UP: Final = "Postroom has given up"
_TO_REST: Final = "Nothing is tried until somebody reconnects it."


@dataclass(frozen=True, slots=True)
class Condition:
    """`headline` says how it is, `advice` what to do, `hint` what its provider wants. `said` are the server's words.

    `where` is the step that failed with its code, such as `login, EAUTH`. `next_attempt` is milliseconds since 1970.
    """

    tone: Tone
    headline: str
    reason: str = ""
    advice: str = ""
    hint: str = ""
    said: str = ""
    where: str = ""
    failures: int = 0
    next_attempt: int | None = None


def condition_of(view: AccountView) -> Condition:
    """Return the condition of an account."""
    row = view.row
    error = None if row.state is State.CONNECTED else view.last_error
    failing = row.state in (State.AUTHENTICATION_ERROR, State.CONNECT_ERROR, State.DISCONNECTED)
    if row.wanted == "stopped":
        return Condition("idle", _STOPPED, _TO_REST)
    headline = _GIVEN_UP if row.stopped and failing else _HEADLINES[row.state]
    return Condition(
        "bad" if headline == _GIVEN_UP else tone(row.state),
        headline,
        _reason(view, error),
        (error.advice or "") if error is not None else "",
        _hint(view) if row.state is State.AUTHENTICATION_ERROR else "",
        (error.response or "") if error is not None else "",
        ", ".join(each for each in (error.phase, error.code) if each) if error is not None else "",
        row.failures,
        row.next_attempt if failing and not row.stopped else None,
    )


def _reason(view: AccountView, error: LastError | None) -> str:
    if view.waiting is not None:
        return view.waiting.reason
    if error is not None and error.description:
        return error.description
    if view.row.state is State.UNSET:
        return "Its settings name no mail server and no OAuth2 application to sign in with."
    return ""


def _hint(view: AccountView) -> str:
    """Return what the provider wants of people who sign in with a password; empty if nothing is known."""
    imap = view.settings.imap
    if imap is None or not imap.host or view.settings.uses_oauth2("imap"):
        return ""
    for profile in matching(imap.host):
        if profile.app_password is not None:
            return f"{profile.name}: {profile.app_password.instructions}"
    return ""
