"""UID STORE: flags added, removed, replaced, and only where nobody changed them meanwhile."""

from __future__ import annotations

import pytest

from postroom.imap.commands.store import Store, Stored
from postroom.imap.dialogue.events import Unsolicited
from postroom.imap.errors import LocalProtocolError
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation

UIDS = UidSet([(3, 4)])


def test_the_flags_the_server_tells_are_the_result(conversation: Conversation) -> None:
    conversation.opened().play(
        r"""
        C: a2 UID STORE 3:4 +FLAGS ($Junk \Seen)
        S: * 1 FETCH (UID 3 FLAGS ($Junk \Seen))
        S: * 9 FETCH (UID 90 FLAGS ())
        S: a2 OK done
        """,
        Store(UIDS, "+", ["\\Seen", "$Junk", "\\Recent"]),
    )
    (stored,) = conversation.results()
    assert [(each.uid, each.flags) for each in stored.messages] == [(3, {"\\Seen", "$Junk"})]
    assert [event.response.uid for event in conversation.of(Unsolicited)] == [90]


def test_quiet_removal_and_replacement(conversation: Conversation) -> None:
    conversation.opened().play(
        r"""
        C: a2 UID STORE 3:4 -FLAGS.SILENT (\Seen)
        S: a2 OK done
        C: a3 UID STORE 3:4 FLAGS ()
        S: a3 OK done
        """,
        Store(UIDS, "-", ["\\Seen"], quiet=True),
        Store(UIDS, "", []),
    )
    assert conversation.results() == [Stored((), UidSet())] * 2


def test_unchanged_since(conversation: Conversation) -> None:
    """RFC 7162 section 3.1.3."""
    conversation.opened("CONDSTORE").play(
        r"""
        C: a2 UID STORE 3:4 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (UID 4 MODSEQ (12121231000))
        S: a2 OK [MODIFIED 3] Conditional STORE failed
        """,
        Store(UIDS, "+", ["\\Deleted"], quiet=True, unchanged_since=12121230045),
    )
    (stored,) = conversation.results()
    assert stored.modified == UidSet([(3, 3)])
    assert [each.modseq for each in stored.messages] == [12121231000]


def test_a_flag_cannot_break_out() -> None:
    with pytest.raises(LocalProtocolError):
        Store(UIDS, "+", ["\\Seen) x"]).encode(frozenset(), frozenset())
