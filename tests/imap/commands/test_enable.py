"""ENABLE believes ENABLED, not OK."""

from __future__ import annotations

from postroom.imap.commands.enable import Enable
from tests.imap.conversation import Conversation


def test_enable(conversation: Conversation) -> None:
    conversation.authenticated("ENABLE").play(
        """
        C: a1 ENABLE CONDSTORE UTF8=ACCEPT
        S: * ENABLED CONDSTORE
        S: a1 OK done
        C: a2 ENABLE QRESYNC
        S: a2 OK done
        """,
        Enable(["CONDSTORE", "UTF8=ACCEPT"]),
        Enable(iter(["QRESYNC"])),
    )
    assert conversation.results() == [{"CONDSTORE"}, frozenset()]
    assert conversation.connection.enabled == {"CONDSTORE"}
