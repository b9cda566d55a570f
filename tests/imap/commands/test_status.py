"""STATUS of the mailbox that was asked about, under whatever spelling."""

from __future__ import annotations

from postroom.imap.commands.status import Status
from postroom.imap.dialogue.events import Unsolicited
from tests.imap.conversation import Conversation


def test_status(conversation: Conversation) -> None:
    conversation.authenticated().play(
        """
        C: a1 STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS Other (MESSAGES 1)
        S: * STATUS "inbox" (MESSAGES 231 UIDNEXT 44292)
        S: a1 OK done
        C: a2 STATUS &ZeVnLIqe- (MESSAGES)
        S: * STATUS "&ZeVnLIqe-" (MESSAGES 5)
        S: a2 OK done
        """,
        Status("Inbox", ("MESSAGES", "UIDNEXT")),
        Status(b"&ZeVnLIqe-", ("MESSAGES",)),
    )
    first, second = conversation.results()
    assert first.items == {"MESSAGES": 231, "UIDNEXT": 44292}
    assert second.items == {"MESSAGES": 5}
    assert [event.response.name for event in conversation.of(Unsolicited)] == ["Other"]


def test_nothing_told(conversation: Conversation) -> None:
    conversation.authenticated().play("C: a1 STATUS Work (MESSAGES)\nS: a1 OK done", Status("Work", ("MESSAGES",)))
    (told,) = conversation.results()
    assert (told.name, told.items) == ("Work", {})
