"""Why mail cannot be shown, in words for the person who wants to see it, and what to do. Pure."""

from __future__ import annotations

from typing import Final

from postroom.accounts.lifecycle import State
from postroom.accounts.model import NotConnected
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import (
    FolderNotFound,
    IncompleteAnswer,
    InvalidCursor,
    MailboxFailed,
    MessageNotFound,
    MissingExtension,
    NotThere,
    NotUnderstood,
    ServerRefused,
    TimedOut,
    UnsupportedSearchTerm,
)
from postroom.sessions.failures import NoPlace, SessionFailed
from postroom.streaming.downloads.ranges import RangeNotSatisfiable

__all__ = ["REFUSALS", "Refusal", "refusal_of"]

REFUSALS: Final = (NotConnected, SessionFailed, MailboxFailed, RangeNotSatisfiable)
"""The errors that `refusal_of` explains. Others are faults, or about the account and the database."""

_TRY_AGAIN: Final = "Try again in a moment."


@dataclass(frozen=True, slots=True)
class Refusal:
    """`said` are the server's words. `is_about_account`: the state of the account says more."""

    status: int
    title: str
    advice: str
    said: str = ""
    is_about_account: bool = False


def refusal_of(error: BaseException) -> Refusal:
    """Return the words for one of `REFUSALS`."""
    match error:
        case NotConnected():
            return Refusal(503, "The account is not connected", _of_state(error.state), is_about_account=True)
        case NoPlace():
            advice = "Others read mail of this account at this moment. " + _TRY_AGAIN
            return Refusal(503, "No session of the account is free", advice)
        case SessionFailed():
            failure = error.failure
            title = "The mail server cannot be used now"
            return Refusal(503, title, failure.advice or _TRY_AGAIN, failure.response, is_about_account=True)
        case TimedOut():
            title = f"The mail server did not answer within {error.ttl / 1000:g} seconds"
            return Refusal(504, title, f"{_TRY_AGAIN} If it stays so, diagnose the account.", is_about_account=True)
        case ServerRefused():
            return Refusal(502, "The mail server refused to show this", _TRY_AGAIN, error.said)
        case IncompleteAnswer():
            return Refusal(502, "The mail server did not tell everything", _TRY_AGAIN)
        case RangeNotSatisfiable():
            return Refusal(416, "The file ends before the part that was asked for", "Download all of it.")
    return _of_request(error)


def _of_request(error: BaseException) -> Refusal:
    """Return the words for something that the link names and that is not there, or cannot be."""
    match error:
        case FolderNotFound():
            advice = "It was renamed or deleted, or it holds other folders alone. Choose another one."
            return Refusal(404, "This folder cannot be opened", advice)
        case UnsupportedSearchTerm() | MissingExtension():
            return Refusal(422, "This mail server cannot search for that", "Search for plainer words.")
        case InvalidCursor():
            return Refusal(400, "This page of the list is not there any more", "Begin with the first page.")
        case MessageNotFound() | NotThere() | NotUnderstood():
            return Refusal(404, "There is no such message", "It was moved or deleted, or the link is wrong.")
    return Refusal(502, "This did not work", _TRY_AGAIN)


def _of_state(state: State) -> str:
    if state in (State.INIT, State.CONNECTING, State.SYNCING):
        return "It is about to be. Load this page again in a moment."
    if state is State.UNSET:
        return "Its settings name no mailbox, so there is no mail to show."
    return "Its page says why, and what to do."
