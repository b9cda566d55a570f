"""The states of an IMAP session, and the one table of moves between them (RFC 9051 section 3). Pure.

Every change of a session's state is decided in this file, and nothing else is. A command names the states in which it
may be sent, and the trigger that its success pulls. The connection looks the move up in the table. A move that is not
in the table is refused with an error that names the state and the trigger.

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
    "SessionTrigger",
    "check_command",
    "move",
]


class SessionState(Enum):
    """Where a session is; GREETING is the time before the server's first line."""

    GREETING = "greeting"
    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


class SessionTrigger(Enum):
    """What can move a session to another state: a greeting, the success of a command, or the end."""

    GREETED = "greeting OK"
    PREAUTHENTICATED = "greeting PREAUTH"
    SECURING = "STARTTLS accepted"
    LOGGED_IN = "login"
    SELECTED = "mailbox selected"
    DESELECTED = "mailbox closed"
    ENDED = "end of session"


TRANSITIONS: Final[Mapping[SessionState, Mapping[SessionTrigger, SessionState]]] = MappingProxyType(
    {
        SessionState.GREETING: {
            SessionTrigger.GREETED: SessionState.NOT_AUTHENTICATED,
            SessionTrigger.PREAUTHENTICATED: SessionState.AUTHENTICATED,
            SessionTrigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.NOT_AUTHENTICATED: {
            SessionTrigger.SECURING: SessionState.NOT_AUTHENTICATED,
            SessionTrigger.LOGGED_IN: SessionState.AUTHENTICATED,
            SessionTrigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.AUTHENTICATED: {
            SessionTrigger.SELECTED: SessionState.SELECTED,
            # A SELECT that fails leaves the session without a mailbox, even if none was open before.
            SessionTrigger.DESELECTED: SessionState.AUTHENTICATED,
            SessionTrigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.SELECTED: {
            SessionTrigger.SELECTED: SessionState.SELECTED,
            SessionTrigger.DESELECTED: SessionState.AUTHENTICATED,
            SessionTrigger.ENDED: SessionState.LOGOUT,
        },
        SessionState.LOGOUT: {
            # Servers may repeat their BYE, and then the stream ends.
            SessionTrigger.ENDED: SessionState.LOGOUT,
        },
    }
)

ANY_STATE: Final = frozenset({SessionState.NOT_AUTHENTICATED, SessionState.AUTHENTICATED, SessionState.SELECTED})
NOT_AUTHENTICATED_STATES: Final = frozenset({SessionState.NOT_AUTHENTICATED})
AUTHENTICATED_STATES: Final = frozenset({SessionState.AUTHENTICATED, SessionState.SELECTED})
SELECTED_STATES: Final = frozenset({SessionState.SELECTED})


def move(state: SessionState, trigger: SessionTrigger) -> SessionState:
    """The state after the trigger. LocalProtocolError when the table has no such move."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise LocalProtocolError(f"{trigger.value!r} cannot happen in state {state.name}") from None


def check_command(state: SessionState, name: str, legal: frozenset[SessionState]) -> None:
    """Raise LocalProtocolError, naming state and command, when the command may not be sent in this state."""
    if state not in legal:
        allowed = ", ".join(sorted(each.name for each in legal))
        raise LocalProtocolError(f"{name} may not be sent in state {state.name} (legal in: {allowed})")
