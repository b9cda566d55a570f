"""The IMAP session against a real Dovecot, over a plain blocking socket: the shell it needs is this small."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from postroom.imap.commands.append import Append, Appended
from postroom.imap.commands.arguments import words
from postroom.imap.commands.command import Command
from postroom.imap.commands.expunge import delete_messages
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.mailbox import Create, delete_mailbox
from postroom.imap.commands.move import move_messages
from postroom.imap.commands.notify import Notify, Watched
from postroom.imap.commands.search import Search, search_text
from postroom.imap.commands.select import Qresync, Select
from postroom.imap.commands.session import Logout
from postroom.imap.commands.store import Store
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.events import Completed, ConnectionClosed, Event, Failed, GreetingReceived, Unsolicited
from postroom.imap.dialogue.handshake import (
    HandshakeFailed,
    LoginPlan,
    Reason,
    Run,
    SessionInfo,
    StartTls,
    WaitGreeting,
    handshake,
)
from postroom.imap.encode import string
from postroom.imap.errors import ImapError
from postroom.imap.responses import ExistsData, StatusData
from postroom.imap.sets import MAX_NUMBER, UidSet
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.dovecot

EVERYTHING = UidSet([(1, MAX_NUMBER)])
MESSAGE = b"From: a@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nhello\r\n"


class BlockingClient:
    """Drives one connection over a blocking socket."""

    def __init__(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot
        self.socket = socket.create_connection((dovecot.host, dovecot.port), timeout=10)
        self.connection = ImapConnection()
        self.events: list[Event] = []

    def run(self, command: Command[Any]) -> Any:
        """The command's result; its error raised."""
        self.connection.send(command)
        return self.outcome(command)

    def outcome(self, command: Command[Any]) -> Any:
        """Wait for the end of a command already sent."""
        event = self.until(lambda event: isinstance(event, Completed | Failed) and event.command is command)
        if isinstance(event, Failed):
            raise event.error
        return event.result if isinstance(event, Completed) else None

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Exchange octets until the event comes."""
        while True:
            for chunk in self.connection.data_to_send():
                self.socket.sendall(chunk)
            data = self.socket.recv(65536)
            events = self.connection.receive_data(data) if data else self.connection.receive_eof()
            self.events += events
            for event in events:
                if wanted(event):
                    return event
            assert data, "the server closed the connection"

    def drive(self, steps: Generator[Any, Any, Any]) -> Any:
        """Carry out a handshake or a composite of commands."""
        value: Any = None
        while True:
            try:
                step = steps.throw(value) if isinstance(value, ImapError) else steps.send(value)
            except StopIteration as stop:
                return stop.value
            try:
                value = self._carry_out(step)
            except ImapError as error:
                value = error

    def _carry_out(self, step: Any) -> Any:
        match step:
            case WaitGreeting():
                return self.until(lambda event: isinstance(event, GreetingReceived))
            case StartTls():
                self.socket = self.dovecot.client_context().wrap_socket(self.socket, server_hostname="localhost")
                return self.connection.tls_started()
            case Run(command=command):
                return self.run(command)
        return self.run(step)


@pytest.fixture
def connect(dovecot: Dovecot) -> Iterator[Callable[[], BlockingClient]]:
    """New clients, whose sockets are closed after the test."""
    with contextlib.ExitStack() as stack:

        def make() -> BlockingClient:
            client = BlockingClient(dovecot)
            stack.callback(lambda: client.socket.close())
            return client

        yield make


Connect = Callable[[], BlockingClient]


def log_in(client: BlockingClient, user: str, **plan: Any) -> SessionInfo:
    credentials = Credentials(user, client.dovecot.password)
    info: SessionInfo = client.drive(handshake(LoginPlan(credentials, implicit_tls=False, **plan)))
    return info


def test_from_starttls_to_logout(connect: Connect) -> None:
    client = connect()
    info = log_in(client, "session-1@example.test", client_id={"name": "Postroom"}, enable=("QRESYNC",))
    assert info.login == "PLAIN"
    assert info.server_id is not None
    assert info.server_id["name"] == "Dovecot"
    assert info.delimiter is not None
    assert "QRESYNC" in info.enabled
    client.run(Logout())
    client.until(lambda event: event == ConnectionClosed(clean=True))


def test_wrong_password(connect: Connect) -> None:
    client = connect()
    client.dovecot.set_password("session-2@example.test", "right")
    plan = LoginPlan(Credentials("session-2@example.test", "wrong"), implicit_tls=False)
    with pytest.raises(HandshakeFailed) as caught:
        client.drive(handshake(plan))
    assert (caught.value.phase, caught.value.reason) == ("login", Reason.LOGIN_REFUSED)
    assert caught.value.response is not None
    assert caught.value.response.code is not None
    assert caught.value.response.code.name == "AUTHENTICATIONFAILED"


def test_the_life_of_a_message(connect: Connect) -> None:
    client = connect()
    capabilities = log_in(client, "session-3@example.test").capabilities
    client.run(Create("Entwürfe"))
    when = datetime(2026, 2, 1, 8, 5, tzinfo=UTC)
    placed = client.run(Append("Entwürfe", MESSAGE, ["\\Seen"], when))
    assert isinstance(placed, Appended)
    selected = client.run(Select("Entwürfe"))
    assert (selected.exists, selected.uidvalidity) == (1, placed.uidvalidity)
    uids = client.run(Search()).uids
    assert list(uids) == [placed.uid]
    assert client.drive(search_text(words(b"SUBJECT", string("Grüße")))).uids == uids
    items = ("FLAGS", "INTERNALDATE", "ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]")
    (message,) = client.run(Fetch(uids, items)).messages
    assert message.sections[""] == MESSAGE
    assert message.envelope.subject == "Grüße"
    assert (message.internal_date, "\\Seen" in message.flags) == (when, True)
    (stored,) = client.run(Store(uids, "+", ["\\Flagged"])).messages
    assert "\\Flagged" in stored.flags
    moved = client.drive(move_messages(capabilities, uids, "INBOX"))
    assert client.connection.selected is not None
    assert client.connection.selected.exists == 0
    assert client.run(Select("INBOX")).exists == 1
    client.drive(delete_messages(capabilities, moved.destination))
    assert client.run(Search()).uids == UidSet()


def test_the_list(connect: Connect) -> None:
    client = connect()
    capabilities = log_in(client, "session-4@example.test").capabilities
    client.run(Create("Work & play"))
    listing = client.drive(list_mailboxes(capabilities, ("MESSAGES", "UIDNEXT")))
    assert {"INBOX", "Work & play"} <= {mailbox.name for mailbox in listing.mailboxes}
    assert {each.name: each.items["MESSAGES"] for each in listing.counters}["Work & play"] == 0
    assert listing.refused == frozenset()
    client.run(delete_mailbox("Work & play"))


def test_idle_tells_of_new_mail(connect: Connect) -> None:
    client, user = connect(), "session-5@example.test"
    log_in(client, user)
    client.run(Select("INBOX"))
    idle = Idle()
    client.connection.send(idle)
    client.until(lambda _: idle.started)
    client.dovecot.deliver(user, MESSAGE)
    client.until(lambda event: isinstance(event, Unsolicited) and isinstance(event.response, ExistsData))
    client.connection.end_idle()
    client.outcome(idle)
    assert client.connection.selected is not None
    assert client.connection.selected.exists == 1


def test_qresync_tells_what_happened_meanwhile(connect: Connect) -> None:
    client, user = connect(), "session-6@example.test"
    info = log_in(client, user, enable=("QRESYNC",))
    for _ in range(3):
        client.run(Append("INBOX", MESSAGE))
    before = client.run(Select("INBOX"))
    uids = list(client.run(Search()).uids)
    other = connect()
    log_in(other, user)
    other.run(Select("INBOX"))
    other.run(Store(UidSet([(uids[0], uids[0])]), "+", ["\\Seen"]))
    other.drive(delete_messages(info.capabilities, UidSet([(uids[1], uids[1])])))
    again = client.run(Select("INBOX", qresync=Qresync(before.uidvalidity, before.highestmodseq)))
    assert list(again.vanished) == [uids[1]]
    assert [(each.uid, each.flags & {"\\Seen"}) for each in again.changed] == [(uids[0], {"\\Seen"})]
    assert again.exists == 2


def test_notify_tells_of_other_mailboxes(connect: Connect) -> None:
    client, user = connect(), "session-7@example.test"
    log_in(client, user)
    client.run(Create("Work"))
    personal = Watched("PERSONAL", ("MessageNew", "MessageExpunge"))
    told = client.run(Notify((personal,), status=True))
    assert {each.name: each.items["MESSAGES"] for each in told}["Work"] == 0
    client.connection.send(Idle())
    other = connect()
    log_in(other, user)
    other.run(Append("Work", MESSAGE))
    event = client.until(lambda event: isinstance(event, Unsolicited) and isinstance(event.response, StatusData))
    assert isinstance(event, Unsolicited)
    assert isinstance(event.response, StatusData)
    assert (event.response.name, event.response.items["MESSAGES"]) == ("Work", 1)


def test_many_messages_stream(connect: Connect) -> None:
    client = connect()
    log_in(client, "session-8@example.test")
    for _ in range(200):
        client.connection.send(Append("INBOX", MESSAGE))
    client.run(Select("INBOX"))
    fetch = Fetch(EVERYTHING, ("FLAGS", "ENVELOPE"))
    client.connection.send(fetch)
    taken = 0

    def count(event: Event) -> bool:
        nonlocal taken
        taken += len(fetch.take())
        return isinstance(event, Completed) and event.command is fetch

    event = client.until(count)
    assert isinstance(event, Completed)
    assert taken + len(event.result.messages) == 200
