"""SELECT and EXAMINE, with the examples of RFC 7162; CLOSE and UNSELECT."""

from __future__ import annotations

from postroom.imap.commands.enable import Enable
from postroom.imap.commands.select import Close, Qresync, Select, Unselect
from postroom.imap.dialogue.events import Completed
from postroom.imap.selected import SelectedMailbox
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation


def test_select(conversation: Conversation) -> None:
    conversation.authenticated().play(
        r"""
        C: a1 SELECT INBOX
        S: * 172 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 12] Message 12 is first unseen
        S: * OK [UIDVALIDITY 3857529045] UIDs valid
        S: * OK [UIDNEXT 4392] Predicted next UID
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Deleted \Seen \*)] Limited
        S: * OK [HIGHESTMODSEQ 715194045007] Highest
        S: * OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] Ok
        S: a1 OK [READ-WRITE] SELECT completed
        """,
        Select("inbox"),
    )
    (selected,) = conversation.results()
    assert selected == SelectedMailbox(
        name="INBOX",
        exists=172,
        uidvalidity=3857529045,
        uidnext=4392,
        highestmodseq=715194045007,
        flags=frozenset({"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"}),
        permanent_flags=frozenset({"\\Deleted", "\\Seen", "\\*"}),
        mailbox_id="F2212ea87-6097-4256-9d51-71338625",
    )
    assert conversation.connection.selected == selected
    assert [type(event) for event in conversation.events] == [Completed]


def test_examine_is_read_only(conversation: Conversation) -> None:
    conversation.authenticated().play("C: a1 EXAMINE Work\nS: a1 OK done", Select("Work", read_only=True))
    assert conversation.results() == [SelectedMailbox("Work", read_only=True)]


def test_a_server_may_open_it_read_only_against_our_wish(conversation: Conversation) -> None:
    conversation.authenticated().play("C: a1 SELECT Work\nS: a1 OK [READ-ONLY] done", Select("Work"))
    assert conversation.results()[0].read_only


def test_condstore_and_a_mailbox_without_mod_sequences(conversation: Conversation) -> None:
    conversation.authenticated().play(
        "C: a1 SELECT Work (CONDSTORE)\nS: * OK [NOMODSEQ] none\nS: a1 OK done", Select("Work", condstore=True)
    )
    assert conversation.results()[0].highestmodseq is None


def test_qresync(conversation: Conversation) -> None:
    """RFC 7162 section 3.2.5.1, with the CLOSED of section 3.2.11 in front."""
    conversation.authenticated("QRESYNC").play(
        r"""
        C: a1 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: a1 OK enabled
        C: a2 SELECT Work
        S: * 3 EXISTS
        S: a2 OK open
        C: a3 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))
        S: * 2 FETCH (UID 2 FLAGS ())
        S: * OK [CLOSED] Previous mailbox closed
        S: * 100 EXISTS
        S: * OK [UIDVALIDITY 67890007] UIDVALIDITY
        S: * OK [UIDNEXT 600] Predicted next UID
        S: * OK [HIGHESTMODSEQ 20060115205545359] Highest mailbox mod-sequence
        S: * FLAGS (\Seen \Flagged)
        S: * VANISHED (EARLIER) 41,43:116,118,120:211,214:540
        S: * 49 FETCH (UID 117 FLAGS (\Seen \Answered) MODSEQ (20060115194045001))
        S: * 50 FETCH (UID 119 FLAGS (\Draft $MDNSent) MODSEQ (20060115194045308))
        S: a3 OK [READ-WRITE] mailbox selected
        """,
        Enable(["QRESYNC"]),
        Select("Work"),
        Select("INBOX", qresync=Qresync(67890007, 20050715194045000, UidSet.from_string("41,43:211,214:541"))),
    )
    selected = conversation.results()[-1]
    assert (selected.exists, selected.highestmodseq) == (100, 20060115205545359)
    assert selected.vanished == UidSet.from_string("41,43:116,118,120:211,214:540")
    assert [(each.uid, each.modseq) for each in selected.changed] == [
        (117, 20060115194045001),
        (119, 20060115194045308),
    ]
    held = conversation.connection.selected
    assert held is not None
    assert (held.exists, held.vanished, held.changed) == (100, None, ())


def test_qresync_without_known_uids(conversation: Conversation) -> None:
    conversation.authenticated().play(
        "C: a1 SELECT INBOX (QRESYNC (7 90))\nS: a1 OK done", Select("INBOX", qresync=Qresync(7, 90))
    )


def test_a_name_as_the_server_listed_it(conversation: Conversation) -> None:
    conversation.authenticated().play(
        'C: a1 SELECT "Entw&APw-rfe 1"\nS: a1 OK done', Select("Entw&APw-rfe 1".encode("ascii"))
    )
    assert conversation.results()[0].name == "Entwürfe 1"


def test_close_and_unselect(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 CLOSE
        S: a2 OK done
        C: a3 SELECT Work
        S: a3 OK done
        C: a4 UNSELECT
        S: a4 OK done
        """,
        Close(),
        Select("Work"),
        Unselect(),
    )
    assert conversation.connection.selected is None
