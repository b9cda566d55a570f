"""APPEND with flags, date and APPENDUID."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from postroom.imap.commands.append import Append, Appended
from postroom.imap.errors import LocalProtocolError
from tests.imap.conversation import Conversation

WHEN = datetime(2026, 2, 1, 8, 5, 0, tzinfo=timezone(timedelta(hours=1)))


def test_append(conversation: Conversation) -> None:
    conversation.authenticated("LITERAL+", "UIDPLUS").play(
        r"""
        C: a1 APPEND "Sent Items" (\Seen) " 1-Feb-2026 08:05:00 +0100" {5+}
        C: hello
        S: a1 OK [APPENDUID 38505 3955] APPEND completed
        C: a2 APPEND Drafts {5+}
        C: hello
        S: a2 OK done
        """,
        Append("Sent Items", b"hello", ["\\Seen", "\\Recent"], WHEN),
        Append("Drafts", b"hello"),
    )
    assert conversation.results() == [Appended(38505, 3955), None]


def test_nul_octets_need_binary() -> None:
    with pytest.raises(LocalProtocolError):
        Append("Drafts", b"a\0b").encode(frozenset(), frozenset())
    chunks = Append("Drafts", b"a\0b").encode(frozenset({"BINARY"}), frozenset())
    assert repr(chunks[-1]) == "Literal(3 octets)"


def test_a_date_needs_a_zone() -> None:
    with pytest.raises(LocalProtocolError):
        Append("Drafts", b"x", internal_date=WHEN.replace(tzinfo=None)).encode(frozenset(), frozenset())
    assert Append("Drafts", b"x", internal_date=WHEN.astimezone(UTC)).encode(frozenset(), frozenset())


def test_the_repr_does_not_show_the_message() -> None:
    assert "private words" not in repr(Append("Drafts", b"private words"))
