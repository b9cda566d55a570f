"""ESEARCH in several mailboxes: the example of RFC 7377 section 2.1, and servers that answer otherwise."""

from __future__ import annotations

import pytest

from postroom.imap.commands.multisearch import FoundInMailbox, MultiSearch
from postroom.imap.errors import LocalProtocolError
from postroom.imap.limits import MOST_SEARCHED, LimitExceeded
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation


def test_the_answers_by_mailbox(conversation: Conversation) -> None:
    names = (b"folder1", b"Entw&APw-rfe", b'a "b"', "Grüße", b"inbox", b"folder9")
    conversation.authenticated("MULTISEARCH").play(
        """
        C: a1 ESEARCH IN (mailboxes (folder1 Entw&APw-rfe "a \\"b\\"" Gr&APwA3w-e inbox folder9)) RETURN (ALL) UNSEEN
        S: * ESEARCH (TAG "a1" MAILBOX "folder1" UIDVALIDITY 1) UID ALL 4001,4003:4005
        S: * ESEARCH (UIDVALIDITY 7 TAG "a1" MAILBOX Entw&APw-rfe) UID ALL 9
        S: * ESEARCH (TAG "a1" MAILBOX INBOX UIDVALIDITY 5) UID ALL 1
        S: * ESEARCH (TAG "a1" MAILBOX "a \\"b\\"" UIDVALIDITY 3) UID
        S: * ESEARCH (TAG "a1" MAILBOX "other" UIDVALIDITY 3) UID ALL 1
        S: * ESEARCH (TAG "a1") UID ALL 1
        S: a1 OK done
        """,
        MultiSearch(names, [b"UNSEEN"]),
    )
    assert conversation.results() == [
        {
            b"folder1": FoundInMailbox(1, UidSet([(4001, 4001), (4003, 4005)])),
            b"Entw&APw-rfe": FoundInMailbox(7, UidSet([(9, 9)])),
            b"inbox": FoundInMailbox(5, UidSet([(1, 1)])),
        }
    ]


def test_an_answer_in_parts_and_one_without_uidvalidity(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 ESEARCH IN (mailboxes (A B)) RETURN (ALL) ALL
        S: * ESEARCH (TAG "a2" MAILBOX A UIDVALIDITY 1) UID ALL 1
        S: * ESEARCH (TAG "a2" MAILBOX A UIDVALIDITY 1) UID ALL 5
        S: * ESEARCH (TAG "a2" MAILBOX B) UID ALL 1
        S: a2 OK done
        """,
        MultiSearch((b"A", b"B"), [b"ALL"]),
    )
    assert conversation.results() == [
        {b"A": FoundInMailbox(1, UidSet([(1, 1), (5, 5)])), b"B": FoundInMailbox(0, UidSet([(1, 1)]))}
    ]


def test_an_answer_in_lines_without_end_is_cut_off(conversation: Conversation) -> None:
    script = "C: a2 ESEARCH IN (mailboxes (A)) RETURN (ALL) ALL\n" + "S: * ESEARCH UID ALL 1\n" * (MOST_SEARCHED + 2)
    with pytest.raises(LimitExceeded, match="lines in answer to one search"):
        conversation.opened().play(script, MultiSearch((b"A",), [b"ALL"]))


def test_a_search_needs_mailboxes() -> None:
    with pytest.raises(LocalProtocolError):
        MultiSearch((), [b"ALL"]).encode(frozenset(), frozenset())
