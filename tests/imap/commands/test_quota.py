"""GETQUOTAROOT, with and without a quota."""

from __future__ import annotations

from postroom.imap.commands.quota import GetQuotaRoot
from postroom.imap.responses import QuotaData
from tests.imap.conversation import Conversation


def test_quota_of_a_mailbox(conversation: Conversation) -> None:
    conversation.authenticated().play(
        """
        C: a1 GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX "User quota" Other
        S: * QUOTA "User quota" (STORAGE 10 512 MESSAGE 2 100)
        S: * QUOTA Other ()
        S: a1 OK done
        """,
        GetQuotaRoot("INBOX"),
    )
    conversation.play(
        """
        C: a2 GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX
        S: a2 OK none
        """,
        GetQuotaRoot("INBOX"),
    )
    told, nothing = conversation.results()
    assert told == (QuotaData("User quota", {"STORAGE": (10, 512), "MESSAGE": (2, 100)}), QuotaData("Other", {}))
    assert nothing == ()
