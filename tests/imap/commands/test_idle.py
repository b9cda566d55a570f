"""IDLE with news, farewells, early ends and repeated continuations."""

from __future__ import annotations

from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.session import Noop
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.events import ByeReceived, Completed, Failed, IdleStarted, Unsolicited
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation


def test_news_stream_until_done(conversation: Conversation) -> None:
    idle = Idle()
    conversation.opened().play(
        r"""
        C: a2 IDLE
        S: + idling
        S: * 7 EXISTS
        S: * OK Still here
        S: +
        S: * 2 FETCH (FLAGS (\Seen))
        S: * 1 EXPUNGE
        C: DONE
        S: * 8 EXISTS
        S: a2 OK done
        """,
        idle,
        ImapConnection.end_idle,
    )
    kinds = [type(event) for event in conversation.events]
    assert kinds == [IdleStarted, *[Unsolicited] * 5, Completed]
    assert conversation.connection.selected is not None
    assert conversation.connection.selected.exists == 8


def test_bye_in_idle(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 IDLE\nS: + idling\nS: * 7 EXISTS\nS: * BYE timeout", Idle())
    assert [type(event) for event in conversation.events] == [IdleStarted, Unsolicited, ByeReceived, Failed]


def test_idle_refused(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 IDLE\nS: a2 BAD unknown command", Idle())
    assert [type(event) for event in conversation.events] == [Failed]


def test_another_command_ends_idle(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 IDLE
        S: + idling
        C: DONE
        S: a2 OK done
        C: a3 NOOP
        S: a3 OK done
        """,
        Idle(),
        Noop(),
    )
    assert len(conversation.of(Completed)) == 2


def test_done_waits_for_the_plus(conversation: Conversation) -> None:
    conversation.opened().play("C: a2 IDLE", Idle())
    conversation.connection.end_idle()
    conversation.connection.end_idle()
    conversation.play("S: + idling\nC: DONE\nS: a2 OK done")
    assert [type(event) for event in conversation.events] == [IdleStarted, Completed]


def test_done_is_written_once() -> None:
    idle = Idle()
    assert idle.continuation(b"") is None
    assert (idle.done(), idle.done()) == (b"DONE\r\n", b"")


def test_an_idle_between_two_commands_ends_by_itself(conversation: Conversation) -> None:
    conversation.opened()
    for command in (Noop(), Idle(), Noop()):
        conversation.connection.send(command)
    conversation.play(
        """
        C: a2 NOOP
        S: a2 OK done
        C: a3 IDLE
        S: + idling
        C: DONE
        S: a3 OK done
        C: a4 NOOP
        S: a4 OK done
        """
    )
    assert len(conversation.of(Completed)) == 3


def test_a_second_plus_asks_for_nothing() -> None:
    idle = Idle()
    assert idle.done() == b""
    assert idle.continuation(b"") == b"DONE\r\n"
    assert idle.continuation(b"") is None


def test_a_server_that_reads_on_gets_the_next_command_behind_done(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 IDLE
        S: + idling
        S: * 7 EXISTS
        C: DONE
        C: a3 UID FETCH 7 (FLAGS)
        S: a2 OK done
        S: * 7 FETCH (UID 7 FLAGS ())
        S: a3 OK done
        """,
        Idle(reads_on=True),
        Fetch(UidSet([(7, 7)]), ("FLAGS",)),
    )
    assert [type(event.command) for event in conversation.of(Completed)] == [Idle, Fetch]


def test_nothing_is_sent_behind_an_idle_that_has_not_begun(conversation: Conversation) -> None:
    def both(connection: ImapConnection) -> None:
        connection.send(Idle(reads_on=True))
        connection.send(Fetch(UidSet([(7, 7)]), ("FLAGS",)))

    conversation.opened().play(
        """
        C: a2 IDLE
        S: + idling
        C: DONE
        C: a3 UID FETCH 7 (FLAGS)
        """,
        both,
    )
