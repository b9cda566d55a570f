"""LOGIN sends strings that nothing can break out of."""

from __future__ import annotations

import pytest

from postroom.imap.commands.login import Login
from postroom.imap.credentials import Credentials
from postroom.imap.errors import LocalProtocolError
from postroom.imap.states import SessionState
from tests.imap.conversation import Conversation


def test_special_characters(conversation: Conversation) -> None:
    conversation.play(
        r"""
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane@example.com" "a\"b\\c {5}("
        S: a1 OK [CAPABILITY IMAP4rev1 IDLE] in
        """,
        Login(Credentials("jane@example.com", 'a"b\\c {5}(')),
    )
    assert conversation.results() == [{"IMAP4REV1", "IDLE"}]
    assert conversation.connection.state is SessionState.AUTHENTICATED


def test_a_password_beyond_ascii_goes_as_a_literal(conversation: Conversation) -> None:
    conversation.play(
        """
        S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hi
        C: a1 LOGIN "jane" {3+}
        C: aß
        S: a1 NO wrong
        """,
        Login(Credentials("jane", "aß")),
    )
    assert conversation.connection.state is SessionState.NOT_AUTHENTICATED


def test_a_password_with_line_breaks_goes_as_a_literal(conversation: Conversation) -> None:
    conversation.play(
        """
        S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hi
        C: a1 LOGIN "jane" {4+}
        C: a
        C: b
        S: a1 OK in
        """,
        Login(Credentials("jane", "a\r\nb")),
    )
    assert conversation.connection.state is SessionState.AUTHENTICATED


def test_a_token_is_no_password() -> None:
    with pytest.raises(LocalProtocolError):
        Login(Credentials("jane", access_token="t")).encode(frozenset(), frozenset())
