"""NOTIFY (examples after RFC 5465)."""

from __future__ import annotations

from postroom.imap.commands.notify import Notify, Watched
from postroom.imap.dialogue.events import Unsolicited
from tests.imap.conversation import Conversation


def test_notify(conversation: Conversation) -> None:
    conversation.authenticated("NOTIFY").play(
        """
        C: a1 NOTIFY SET STATUS (SELECTED (MessageNew (UID FLAGS) MessageExpunge)) (PERSONAL (MessageNew))
        S: * STATUS Lists (UIDVALIDITY 9 UIDNEXT 40 MESSAGES 3)
        S: * STATUS inbox (UIDVALIDITY 9 UIDNEXT 4 MESSAGES 1)
        S: a1 OK done
        S: * STATUS Lists (UIDNEXT 41 MESSAGES 4)
        C: a2 NOTIFY SET (MAILBOXES (INBOX "a b") NONE)
        S: * STATUS Lists (MESSAGES 5)
        S: a2 OK done
        C: a3 NOTIFY NONE
        S: a3 OK done
        """,
        Notify(
            (
                Watched("SELECTED", ("MessageNew", "MessageExpunge"), fetch=("UID", "FLAGS")),
                Watched("PERSONAL", ("MessageNew",)),
            ),
            status=True,
        ),
        Notify((Watched("MAILBOXES", (), mailboxes=("INBOX", "a b")),)),
        Notify(),
    )
    first = conversation.results()[0]
    assert {told.name: told.items["MESSAGES"] for told in first} == {"Lists": 3, "INBOX": 1}
    assert [event.response.items["MESSAGES"] for event in conversation.of(Unsolicited)] == [4, 5]
