"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE."""

from __future__ import annotations

from postroom.imap.commands.mailbox import Create, delete_mailbox, rename_mailbox, subscribe, unsubscribe
from tests.imap.conversation import Conversation


def test_each_of_them(conversation: Conversation) -> None:
    conversation.authenticated().play(
        r"""
        C: a1 CREATE "Entw&APw-rfe 2026"
        S: a1 OK [MAILBOXID (F123)] done
        C: a2 CREATE Sent (USE (\Sent))
        S: a2 OK done
        C: a3 RENAME old "new name"
        S: a3 OK done
        C: a4 SUBSCRIBE INBOX
        S: a4 OK done
        C: a5 UNSUBSCRIBE Work
        S: a5 OK done
        C: a6 DELETE Work
        S: a6 OK done
        """,
        Create("Entwürfe 2026"),
        Create("Sent", special_use="\\Sent"),
        rename_mailbox("old", "new name"),
        subscribe("inbox"),
        unsubscribe("Work"),
        delete_mailbox("Work"),
    )
    assert conversation.results() == ["F123", None, None, None, None, None]
