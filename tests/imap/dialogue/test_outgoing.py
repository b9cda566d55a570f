"""How commands get onto the wire: tags, literals of three kinds, one half-written command at a time."""

from __future__ import annotations

from postroom.imap.commands.append import Append
from postroom.imap.commands.mailbox import rename_mailbox, subscribe
from postroom.imap.commands.session import Noop
from postroom.imap.dialogue.events import Completed, Failed
from tests.imap.conversation import Conversation


def test_a_synchronizing_literal_waits_for_the_server(conversation: Conversation) -> None:
    conversation.authenticated()
    conversation.connection.send(Append("Drafts", b"hello"))
    conversation.connection.send(Noop())
    conversation.play(
        """
        C: a1 APPEND Drafts {5}
        S: + go ahead
        C: hello
        C: a2 NOOP
        S: a1 OK done
        S: a2 OK done
        """
    )
    assert len(conversation.results()) == 2


def test_two_literals_in_one_command(conversation: Conversation) -> None:
    conversation.authenticated().play(
        """
        C: a1 RENAME {2}
        S: +
        C: ä {2}
        S: + more
        C: ö
        S: a1 OK done
        """,
        rename_mailbox("ä".encode(), "ö".encode()),
    )
    assert len(conversation.of(Completed)) == 1


def test_a_refused_literal_is_not_sent(conversation: Conversation) -> None:
    conversation.authenticated()
    conversation.connection.send(Append("Drafts", b"hello"))
    conversation.connection.send(Noop())
    conversation.play(
        """
        C: a1 APPEND Drafts {5}
        S: a1 NO [TRYCREATE] no such mailbox
        C: a2 NOOP
        S: a2 OK done
        """
    )
    assert len(conversation.of(Failed)) == 1
    assert len(conversation.of(Completed)) == 1


def test_literal_plus_needs_no_permission(conversation: Conversation) -> None:
    message = b"x" * 5000
    conversation.authenticated("LITERAL+").play(
        f"C: a1 APPEND Drafts {{5000+}}\nC: {message.decode()}\nS: +\nS: a1 OK done", Append("Drafts", message)
    )
    assert conversation.results() == [None]


def test_literal_minus_is_for_small_ones(conversation: Conversation) -> None:
    conversation.authenticated("LITERAL-").play(
        f"""
        C: a1 APPEND Drafts {{5+}}
        C: hello
        S: a1 OK done
        C: a2 APPEND Drafts {{4097}}
        S: + ready
        C: {"x" * 4097}
        S: a2 OK done
        """,
        Append("Drafts", b"hello"),
        Append("Drafts", b"x" * 4097),
    )
    assert len(conversation.results()) == 2


def test_imap4rev2_includes_literal_minus(conversation: Conversation) -> None:
    conversation.authenticated("IMAP4rev2").play(
        "C: a1 APPEND Drafts {5+}\nC: hello\nS: a1 OK done", Append("Drafts", b"hello")
    )
    assert len(conversation.results()) == 1


def test_octets_are_handed_out_once(conversation: Conversation) -> None:
    connection = conversation.authenticated().connection
    connection.send(subscribe("Work"))
    assert b"".join(connection.data_to_send()) == b"a1 SUBSCRIBE Work\r\n"
    assert connection.data_to_send() == []
