"""The states of an IMAP session and the one table that says how it moves between them (RFC 9051 section 3).

Everything that changes a session's state is in this file, and nothing else is. A command names the trigger its
success pulls and the states it may be sent in; the connection asks the table. A move the table does not list is
illegal and is refused with the names of the state and the trigger.

    GREETING ──OK──> NOT_AUTHENTICATED ──login──> AUTHENTICATED <──close / select──> SELECTED
        └───PREAUTH──────────────────────────────────^
    every state ──BYE, logout or end of stream──> LOGOUT
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from postroom.imap.errors import LocalProtocolError

__all__ = [
    "ANY_STATE",
    "AUTHENTICATED_STATES",
    "NOT_AUTHENTICATED_STATES",
    "SELECTED_STATES",
    "TRANSITIONS",
    "SessionState",
    "Trigger",
    "check_command",
    "move",
]


class SessionState(Enum):
    """Where a session is; GREETING is the time before the server has said its first line."""

    GREETING = "greeting"
    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


class Trigger(Enum):
    """What can move a session: a greeting, the success of a command, or the end."""

    GREETED = "greeting OK"
    PREAUTHENTICATED = "greeting PREAUTH"
    SECURING = "STARTTLS accepted"
    LOGGED_IN = "login"
    SELECTED = "mailbox selected"
    DESELECTED = "mailbox closed"
    ENDED = "end of session"


TRANSITIONS: Final[Mapping[SessionState, Mapping[Trigger, SessionState]]] = MappingProxyType(
    {
        SessionState.GREETING: {
            Trigger.GREETED: SessionState.NOT_AUTHENTICATED,
            Trigger.PREAUTHENTICATED: SessionState.AUTHENTICATED,
            Trigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.NOT_AUTHENTICATED: {
            Trigger.SECURING: SessionState.NOT_AUTHENTICATED,
            Trigger.LOGGED_IN: SessionState.AUTHENTICATED,
            Trigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.AUTHENTICATED: {
            Trigger.SELECTED: SessionState.SELECTED,
            # A SELECT that fails leaves the session without a mailbox, also when it had none before.
            Trigger.DESELECTED: SessionState.AUTHENTICATED,
            Trigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.SELECTED: {
            Trigger.SELECTED: SessionState.SELECTED,
            Trigger.DESELECTED: SessionState.AUTHENTICATED,
            Trigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.LOGOUT: {
            # Servers repeat their BYE, and the end of the stream follows it.
            Trigger.ENDED: SessionState.LOGOUT,
        },
    }
)

ANY_STATE: Final = frozenset({SessionState.NOT_AUTHENTICATED, SessionState.AUTHENTICATED, SessionState.SELECTED})
NOT_AUTHENTICATED_STATES: Final = frozenset({SessionState.NOT_AUTHENTICATED})
AUTHENTICATED_STATES: Final = frozenset({SessionState.AUTHENTICATED, SessionState.SELECTED})
SELECTED_STATES: Final = frozenset({SessionState.SELECTED})


def move(state: SessionState, trigger: Trigger) -> SessionState:
    """The state after the trigger; LocalProtocolError when the table has no such move."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise LocalProtocolError(f"{trigger.value!r} cannot happen in state {state.name}") from None


def check_command(state: SessionState, name: str, legal: frozenset[SessionState]) -> None:
    """LocalProtocolError naming state and command when the command may not be sent in this state."""
    if state not in legal:
        allowed = ", ".join(sorted(each.name for each in legal))
        raise LocalProtocolError(f"{name} may not be sent in state {state.name} (legal in: {allowed})")
