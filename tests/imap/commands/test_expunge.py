"""EXPUNGE, UID EXPUNGE, and removing exactly some messages without UIDPLUS."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set
from postroom.imap.commands.expunge import Expunge, delete_messages
from postroom.imap.dialogue.events import Unsolicited
from postroom.imap.errors import CommandFailed
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation

UIDS = UidSet([(3, 4)])


def test_both_forms(conversation: Conversation) -> None:
    conversation.opened().play(
        "C: a2 EXPUNGE\nS: * 3 EXPUNGE\nS: a2 OK [HIGHESTMODSEQ 90] done\nC: a3 UID EXPUNGE 3:4\nS: a3 OK done",
        Expunge(),
        Expunge(UIDS),
    )
    assert len(conversation.of(Unsolicited)) == 1
    assert conversation.connection.selected is not None
    assert (conversation.connection.selected.exists, conversation.connection.selected.highestmodseq) == (5, 90)


def test_delete_with_uidplus(conversation: Conversation) -> None:
    conversation.opened().play_steps(
        r"""
        C: a2 UID STORE 3:4 +FLAGS.SILENT (\Deleted)
        S: a2 OK done
        C: a3 UID EXPUNGE 3:4
        S: a3 OK done
        """,
        delete_messages(capability_set({"UIDPLUS"}), UIDS),
    )


@pytest.mark.parametrize("outcome", ["OK done", "NO [INUSE] somebody reads it"])
def test_marks_of_others_survive_a_plain_expunge(conversation: Conversation, outcome: str) -> None:
    steps = delete_messages(frozenset(), UIDS)
    script = rf"""
        C: a2 UID STORE 3:4 +FLAGS.SILENT (\Deleted)
        S: a2 OK done
        C: a3 UID SEARCH DELETED NOT UID 3:4
        S: * SEARCH 9
        S: a3 OK done
        C: a4 UID STORE 9 -FLAGS.SILENT (\Deleted)
        S: a4 OK done
        C: a5 EXPUNGE
        S: a5 {outcome}
        C: a6 UID STORE 9 +FLAGS.SILENT (\Deleted)
        S: a6 OK done
        """
    if outcome.startswith("OK"):
        conversation.opened().play_steps(script, steps)
        return
    with pytest.raises(CommandFailed, match="INUSE"):
        conversation.opened().play_steps(script, steps)


def test_no_marks_of_others_no_detour(conversation: Conversation) -> None:
    conversation.opened().play_steps(
        r"""
        C: a2 UID STORE 3:4 +FLAGS.SILENT (\Deleted)
        S: a2 OK done
        C: a3 UID SEARCH DELETED NOT UID 3:4
        S: * SEARCH
        S: a3 OK done
        C: a4 EXPUNGE
        S: a4 OK done
        """,
        delete_messages(frozenset(), UIDS),
    )
