"""The connection: what becomes of greetings, pipelines, news, farewells and broken streams."""

from __future__ import annotations

import sys

import pytest

from postroom.imap.commands.command import Command
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.login import Login
from postroom.imap.commands.mailbox import subscribe
from postroom.imap.commands.select import Close, Select
from postroom.imap.commands.session import Capability, Logout, Noop, StartTlsCommand
from postroom.imap.commands.status import Status
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.events import (
    Alert,
    ByeReceived,
    Completed,
    ConnectionClosed,
    Failed,
    GreetingReceived,
    Unsolicited,
)
from postroom.imap.errors import CommandFailed, LocalProtocolError, RemoteProtocolError
from postroom.imap.limits import MOST_ENABLED, Limits
from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    ListData,
    ResponseCode,
    StatusData,
    StatusResponse,
    VanishedData,
)
from postroom.imap.sets import UidSet
from postroom.imap.states import SessionState
from postroom.words.strangers import WITHHELD
from tests.imap.conversation import Conversation

JANE = Credentials("jane", "secret")


def test_greeting(conversation: Conversation) -> None:
    conversation.play("S: * OK [CAPABILITY IMAP4rev1 IDLE] ready")
    (event,) = conversation.events
    assert isinstance(event, GreetingReceived)
    assert event.capabilities == {"IMAP4REV1", "IDLE"}
    assert not event.preauth
    assert conversation.connection.greeting == StatusResponse(None, "OK", None, "ready")
    assert conversation.connection.capabilities == event.capabilities
    assert conversation.connection.state is SessionState.NOT_AUTHENTICATED


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "220 smtp ready", "* NO go away", "* 3 EXISTS"])
def test_what_does_not_greet_like_imap_is_no_imap_server(conversation: Conversation, greeting: str) -> None:
    with pytest.raises(RemoteProtocolError, match="greet"):
        conversation.play(f"S: {greeting}")


def test_news_nobody_asked_for(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        S: * 8 EXISTS
        S: * 2 RECENT
        S: * 3 EXPUNGE
        S: * VANISHED 405,407
        S: * 1 FETCH (UID 12 FLAGS (\\Seen))
        S: * STATUS Work (MESSAGES 4)
        S: * LIST () "/" Work
        S: * OK Still here
        S: * FLAGS (\\Seen \\Deleted)
        """
    )
    news = [event.response for event in conversation.of(Unsolicited)]
    assert [type(each) for each in news] == [
        ExistsData,
        ExpungeData,
        VanishedData,
        FetchData,
        StatusData,
        ListData,
        StatusResponse,
        type(news[-1]),
    ]
    selected = conversation.connection.selected
    assert selected is not None
    assert selected.exists == 5
    assert selected.flags == {"\\Seen", "\\Deleted"}


def test_alerts_reach_people_wherever_they_come(conversation: Conversation) -> None:
    conversation.play(
        """
        S: * OK [ALERT] maintenance at noon
        C: a1 NOOP
        S: * NO [ALERT] disk almost full
        S: a1 OK [ALERT] really
        """,
        Noop(),
    )
    assert [each.text for each in conversation.of(Alert)] == ["maintenance at noon", "disk almost full", "really"]


def test_commands_that_cannot_be_confused_share_the_line(conversation: Conversation) -> None:
    first, second = Status("INBOX", ("MESSAGES",)), Status("Work", ("MESSAGES",))
    again = Status("INBOX", ("UNSEEN",))
    conversation.authenticated()
    for command in (first, second, subscribe("Work"), again):
        conversation.connection.send(command)
    conversation.play(
        """
        C: a1 STATUS INBOX (MESSAGES)
        C: a2 STATUS Work (MESSAGES)
        C: a3 SUBSCRIBE Work
        S: * STATUS Work (MESSAGES 2)
        S: a2 OK done
        S: * STATUS INBOX (MESSAGES 1)
        S: a3 OK done
        S: a1 OK done
        C: a4 STATUS INBOX (UNSEEN)
        S: * STATUS INBOX (UNSEEN 0)
        S: a4 OK done
        """
    )
    told = {event.command: event.result for event in conversation.of(Completed)}
    assert told[first].items == {"MESSAGES": 1}
    assert told[second].items == {"MESSAGES": 2}
    assert told[again].items == {"UNSEEN": 0}


def test_a_command_that_changes_the_session_goes_alone(conversation: Conversation) -> None:
    conversation.authenticated()
    fetch = Fetch(UidSet([(1, 9)]), ("FLAGS",))
    for command in (Noop(), Select("INBOX"), fetch):
        conversation.connection.send(command)
    conversation.play(
        """
        C: a1 NOOP
        S: a1 OK done
        C: a2 SELECT INBOX
        S: a2 OK open
        C: a3 UID FETCH 1:9 (FLAGS)
        S: a3 OK done
        """
    )
    assert len(conversation.results()) == 3


def test_what_waited_for_a_select_that_failed_is_never_sent(conversation: Conversation) -> None:
    conversation.authenticated()
    fetch = Fetch(UidSet([(1, 9)]), ("FLAGS",))
    for command in (Select("Gone"), fetch):
        conversation.connection.send(command)
    conversation.play(
        """
        C: a1 SELECT Gone
        S: a1 NO [NONEXISTENT] no such mailbox
        """
    )
    refused, unsent = conversation.of(Failed)
    assert refused.error.code == ResponseCode("NONEXISTENT", refused.error.code.arguments)
    assert unsent.command is fetch
    assert isinstance(unsent.error, LocalProtocolError)


def test_capabilities_are_asked_for_again_after_login(conversation: Conversation) -> None:
    conversation.play(
        """
        S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
        C: a1 LOGIN "jane" "secret"
        S: a1 OK in
        """,
        Login(JANE),
    )
    assert conversation.connection.capabilities == frozenset()
    conversation.play("C: a2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: a2 OK done", Capability())
    assert conversation.connection.capabilities == conversation.results()[-1] == {"IMAP4REV1", "IDLE"}


def test_equal_capability_sets_are_one_object() -> None:
    first, second = ImapConnection(), ImapConnection()
    for connection in (first, second):
        connection.receive_data(b"* OK [CAPABILITY IMAP4rev1 IDLE] hi\r\n")
    assert first.capabilities is second.capabilities


def test_a_failed_select_closes_the_mailbox_that_was_open(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 SELECT Gone\nS: a2 NO no such mailbox", Select("Gone"))
    assert conversation.connection.selected is None
    assert conversation.connection.state is SessionState.AUTHENTICATED


def test_close_leaves_the_mailbox(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 CLOSE\nS: a2 OK closed", Close())
    assert conversation.connection.selected is None
    assert conversation.connection.state is SessionState.AUTHENTICATED


def test_a_server_enables_no_more_than_it_can() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* OK hello\r\n" + b"".join(b"* ENABLED X%d\r\n" % number for number in range(1_000)))
    assert connection.enabled == {f"X{number}" for number in range(MOST_ENABLED)}


def test_logout(conversation: Conversation) -> None:
    logout = Logout()
    conversation.opened().play(
        """
        C: a2 LOGOUT
        S: * BYE see you
        S: a2 OK done
        EOF
        """,
        logout,
    )
    assert conversation.events == [ByeReceived("see you", None), Completed(logout, None), ConnectionClosed(clean=True)]
    assert conversation.connection.state is SessionState.LOGOUT


def test_logout_answered_by_the_end_of_the_stream(conversation: Conversation) -> None:
    logout = Logout()
    conversation.opened().play("C: a2 LOGOUT\nEOF", logout)
    assert conversation.events == [Completed(logout, None), ConnectionClosed(clean=False)]


def test_bye_fails_everything_and_is_told_once(conversation: Conversation) -> None:
    conversation.opened()
    fetch, select = Fetch(UidSet([(1, 9)]), ("FLAGS",)), Select("Work")
    conversation.connection.send(fetch)
    conversation.connection.send(select)
    conversation.play(
        """
        C: a2 UID FETCH 1:9 (FLAGS)
        S: * BYE [UNAVAILABLE] restarting
        S: * BYE restarting
        S: a2 OK too late
        S: * 3 EXISTS
        EOF
        EOF
        """
    )
    assert [type(event) for event in conversation.events] == [ByeReceived, Failed, Failed, ConnectionClosed]
    assert [event.command for event in conversation.of(Failed)] == [fetch, select]
    (error, _) = conversation.failures()
    assert (error.status, error.code.name, error.text, error.command) == (
        "BYE",
        "UNAVAILABLE",
        "restarting",
        "UID FETCH",
    )
    assert conversation.events[-1] == ConnectionClosed(clean=True)


def test_end_of_stream_in_the_middle_of_an_answer(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 NOOP\nEOF", Noop())
    (error,) = conversation.failures()
    assert (error.status, error.code) == ("BYE", None)
    assert error.text == "the server closed the connection before it answered"
    assert conversation.events[-1] == ConnectionClosed(clean=False)
    with pytest.raises(LocalProtocolError, match="LOGOUT"):
        conversation.connection.send(Noop())


def test_plain_text_after_starttls_is_refused() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* OK hi\r\n")
    connection.send(StartTlsCommand())
    connection.receive_data(b"a1 OK go\r\n")
    with pytest.raises(RemoteProtocolError, match="plain text"):
        connection.receive_data(b"* OK more\r\n")


def test_half_a_line_behind_starttls_is_refused_too() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* OK hi\r\n")
    connection.send(StartTlsCommand())
    with pytest.raises(RemoteProtocolError, match="plain text"):
        connection.receive_data(b"a1 OK go\r\n* CAPA")


def test_nothing_is_written_between_starttls_and_tls() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n")
    connection.send(StartTlsCommand())
    connection.send(Login(JANE))
    assert connection.data_to_send() == [b"a1 STARTTLS\r\n"]
    connection.receive_data(b"a1 OK go\r\n")
    assert connection.capabilities == frozenset()
    assert connection.data_to_send() == []
    connection.tls_started()
    assert connection.data_to_send() == [b'a2 LOGIN "jane" "secret"\r\n']


def test_tls_cannot_start_unasked() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* OK hi\r\n")
    with pytest.raises(LocalProtocolError):
        connection.tls_started()


def test_an_answer_to_nothing(conversation: Conversation) -> None:
    with pytest.raises(RemoteProtocolError, match="a9"):
        conversation.opened().play("S: a9 OK done")


def test_a_second_answer_to_the_same_command_is_ignored(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 NOOP\nS: a2 OK done\nS: a2 OK done", Noop())
    assert len(conversation.events) == 1


def test_a_stray_continuation_is_ignored(conversation: Conversation) -> None:
    conversation.opened().play("S: +\nS: + go ahead\nC: a2 NOOP\nS: +\nS: a2 OK done", Noop())
    assert len(conversation.results()) == 1


def test_limits_are_the_callers() -> None:
    connection = ImapConnection(limits=Limits(max_line=100))
    with pytest.raises(RemoteProtocolError):
        connection.receive_data(b"* OK " + b"x" * 200)


def test_send_refuses_what_cannot_be_written_and_queues_nothing(conversation: Conversation) -> None:
    conversation.opened()
    with pytest.raises(LocalProtocolError):
        conversation.connection.send(subscribe("line\r\nbreak"))
    assert conversation.connection.data_to_send() == []


@pytest.mark.parametrize(
    "said", ["AUTHENTICATE PLAIN AGphbmUAc2VjcmV0 (jane)", "(jane, secret)", "a mailbox named \x1b[31msecret"]
)
def test_a_refusal_tells_nobody_the_secret_of_the_session(said: str) -> None:
    connection = ImapConnection(secrets=JANE.secrets)
    connection.receive_data(b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n")
    connection.send(Select("Sent"))
    (failed,) = connection.receive_data(f"a1 BAD {said}\r\n".encode())
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, CommandFailed)
    assert str(failed.error) == f"SELECT failed: BAD {WITHHELD}"
    assert "secret" not in repr(failed.error)


def test_an_idle_connection_is_small() -> None:
    connection = ImapConnection()
    assert not hasattr(connection, "__dict__")
    assert sys.getsizeof(connection) < 200


def test_every_command_object_is_accepted_by_type(conversation: Conversation) -> None:
    command: Command[None] = Noop()
    conversation.opened().play("C: a2 NOOP\nS: a2 BAD no", command)
    (error,) = conversation.failures()
    assert str(error) == "NOOP failed: BAD no"


def test_the_mailbox_that_was_open_is_gone_when_the_server_says_closed(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 SELECT Work\nS: * OK [CLOSED] INBOX is closed", Select("Work"))
    before = conversation.connection.selected
    conversation.play("S: * 3 EXISTS\nS: a2 OK done")
    after = conversation.connection.selected
    assert before is None
    assert after is not None
    assert (after.name, after.exists) == ("Work", 3)
