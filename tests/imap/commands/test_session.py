"""CAPABILITY, told before its OK or within it. NOOP, LOGOUT and STARTTLS are tested with the connection."""

from __future__ import annotations

from postroom.imap.commands.session import Capability
from tests.imap.conversation import Conversation


def test_capability(conversation: Conversation) -> None:
    conversation.authenticated().play(
        """
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 Idle
        S: a1 OK done
        C: a2 CAPABILITY
        S: a2 OK [CAPABILITY IMAP4rev1] done
        """,
        Capability(),
        Capability(),
    )
    assert conversation.results() == [{"IMAP4REV1", "IDLE"}, {"IMAP4REV1"}]
    assert conversation.connection.capabilities == {"IMAP4REV1"}
