"""The table of states, walked whole: every trigger in every state, every command in every state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.imap.commands.append import Append
from postroom.imap.commands.authenticate import Authenticate
from postroom.imap.commands.copy import Copy
from postroom.imap.commands.enable import Enable
from postroom.imap.commands.expunge import Expunge
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.identify import Id
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.list import List
from postroom.imap.commands.login import Login
from postroom.imap.commands.mailbox import Create, delete_mailbox, rename_mailbox, subscribe, unsubscribe
from postroom.imap.commands.move import Move
from postroom.imap.commands.namespace import NamespaceCommand
from postroom.imap.commands.notify import Notify
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Close, Select, Unselect
from postroom.imap.commands.session import Capability, Logout, Noop, StartTlsCommand
from postroom.imap.commands.status import Status
from postroom.imap.commands.store import Store
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.errors import LocalProtocolError
from postroom.imap.sets import UidSet
from postroom.imap.states import TRANSITIONS, SessionState, SessionTrigger, move

UIDS = UidSet([(1, 3)])
JANE = Credentials("jane", "secret")

BEFORE_LOGIN: dict[str, Callable[[], Any]] = {
    "AUTHENTICATE": lambda: Authenticate("PLAIN", JANE),
    "LOGIN": lambda: Login(JANE),
    "STARTTLS": StartTlsCommand,
}
AT_ANY_TIME: dict[str, Callable[[], Any]] = {
    "CAPABILITY": Capability,
    "ID": Id,
    "LOGOUT": Logout,
    "NOOP": Noop,
}
AFTER_LOGIN: dict[str, Callable[[], Any]] = {
    "APPEND": lambda: Append("Drafts", b"Subject: x\r\n\r\n"),
    "CREATE": lambda: Create("Work"),
    "DELETE": lambda: delete_mailbox("Work"),
    "EXAMINE": lambda: Select("INBOX", read_only=True),
    "IDLE": Idle,
    "LIST": List,
    "LSUB": lambda: List(lsub=True),
    "NAMESPACE": NamespaceCommand,
    "NOTIFY": Notify,
    "RENAME": lambda: rename_mailbox("Work", "Play"),
    "SELECT": lambda: Select("INBOX"),
    "STATUS": lambda: Status("INBOX", ("MESSAGES",)),
    "SUBSCRIBE": lambda: subscribe("Work"),
    "UNSUBSCRIBE": lambda: unsubscribe("Work"),
}
WITHOUT_MAILBOX: dict[str, Callable[[], Any]] = {
    "ENABLE": lambda: Enable(["CONDSTORE"]),
}
WITH_MAILBOX: dict[str, Callable[[], Any]] = {
    "CLOSE": Close,
    "EXPUNGE": Expunge,
    "UID COPY": lambda: Copy(UIDS, "Archive"),
    "UID EXPUNGE": lambda: Expunge(UIDS),
    "UID FETCH": lambda: Fetch(UIDS, ("FLAGS",)),
    "UID MOVE": lambda: Move(UIDS, "Archive"),
    "UID SEARCH": Search,
    "UID STORE": lambda: Store(UIDS, "+", ("\\Seen",)),
    "UNSELECT": Unselect,
}
COMMANDS = BEFORE_LOGIN | AT_ANY_TIME | AFTER_LOGIN | WITHOUT_MAILBOX | WITH_MAILBOX

LEGAL: dict[SessionState, set[str]] = {
    SessionState.GREETING: set(),
    SessionState.NOT_AUTHENTICATED: {*BEFORE_LOGIN, *AT_ANY_TIME},
    SessionState.AUTHENTICATED: {*AT_ANY_TIME, *AFTER_LOGIN, *WITHOUT_MAILBOX},
    SessionState.SELECTED: {*AT_ANY_TIME, *AFTER_LOGIN, *WITH_MAILBOX},
    SessionState.LOGOUT: set(),
}


def connection_in(state: SessionState) -> ImapConnection:
    """A session brought into the state by talking, with nothing left to send."""
    connection = ImapConnection()
    if state is not SessionState.GREETING:
        connection.receive_data(
            b"* PREAUTH ready\r\n" if state is not SessionState.NOT_AUTHENTICATED else b"* OK hi\r\n"
        )
    if state is SessionState.SELECTED:
        connection.send(Select("INBOX"))
        connection.receive_data(b"a1 OK done\r\n")
    if state is SessionState.LOGOUT:
        connection.receive_data(b"* BYE\r\n")
    connection.data_to_send()
    assert connection.state is state
    return connection


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_is_sent_only_where_it_is_legal(name: str, state: SessionState) -> None:
    connection, command = connection_in(state), COMMANDS[name]()
    assert command.name == name
    if name in LEGAL[state]:
        connection.send(command)
        assert name.encode() in b"".join(connection.data_to_send())
        return
    with pytest.raises(LocalProtocolError, match=rf"{name} may not be sent in state {state.name}"):
        connection.send(command)
    assert connection.data_to_send() == []


@pytest.mark.parametrize("state", SessionState)
@pytest.mark.parametrize("trigger", SessionTrigger)
def test_every_trigger_moves_by_the_table_or_is_refused(state: SessionState, trigger: SessionTrigger) -> None:
    if trigger in TRANSITIONS[state]:
        assert move(state, trigger) is TRANSITIONS[state][trigger]
        return
    with pytest.raises(LocalProtocolError, match=f"{trigger.value}.*{state.name}"):
        move(state, trigger)


def test_every_state_can_end_and_nothing_leaves_the_end() -> None:
    assert all(moves[SessionTrigger.ENDED] is SessionState.LOGOUT for moves in TRANSITIONS.values())
    assert set(TRANSITIONS[SessionState.LOGOUT].values()) == {SessionState.LOGOUT}


def test_nobody_is_authenticated_without_login_or_preauth() -> None:
    doors = {
        trigger
        for state in (SessionState.GREETING, SessionState.NOT_AUTHENTICATED)
        for trigger, after in TRANSITIONS[state].items()
        if after in (SessionState.AUTHENTICATED, SessionState.SELECTED)
    }
    assert doors == {SessionTrigger.PREAUTHENTICATED, SessionTrigger.LOGGED_IN}


def test_a_queued_command_is_checked_against_the_state_it_will_meet() -> None:
    connection = connection_in(SessionState.NOT_AUTHENTICATED)
    connection.send(Login(JANE))
    connection.send(Select("INBOX"))
    connection.send(Fetch(UIDS, ("FLAGS",)))
    with pytest.raises(LocalProtocolError, match="LOGIN may not be sent in state SELECTED"):
        connection.send(Login(JANE))
