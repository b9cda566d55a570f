"""EXPUNGE, UID EXPUNGE, and removing exactly some messages without UIDPLUS."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set
from postroom.imap.commands.expunge import Expunge, delete_messages
from postroom.imap.dialogue.events import Unsolicited
from postroom.imap.errors import CommandFailed, RemoteProtocolError
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


def flat(script: str) -> str:
    """A script without the indentation of its pieces."""
    return "\n".join(line.strip() for line in script.splitlines() if line.strip())


SPARED = r"""
    C: a2 UID STORE 3:4 +FLAGS.SILENT (\Deleted)
    S: a2 OK done
    C: a3 UID SEARCH DELETED NOT UID 3:4
    S: * SEARCH 9
    S: a3 OK done
    C: a4 UID STORE 9 -FLAGS.SILENT (\Deleted)
    S: a4 OK done
"""
CLEAR = """
    C: a5 UID SEARCH DELETED NOT UID 3:4
    S: * SEARCH
    S: a5 OK done
"""
MARKED_AGAIN = r"""
    C: a7 UID STORE 9 +FLAGS.SILENT (\Deleted)
    S: a7 OK done
"""


@pytest.mark.parametrize("outcome", ["OK done", "NO [INUSE] somebody reads it"])
def test_marks_of_others_survive_a_plain_expunge(conversation: Conversation, outcome: str) -> None:
    steps = delete_messages(frozenset(), UIDS)
    script = flat(f"{SPARED}{CLEAR}\nC: a6 EXPUNGE\nS: a6 {outcome}\n{MARKED_AGAIN}")
    if outcome.startswith("OK"):
        conversation.opened().play_steps(script, steps)
        return
    with pytest.raises(CommandFailed, match="INUSE"):
        conversation.opened().play_steps(script, steps)


def test_marks_set_meanwhile_are_seen(conversation: Conversation) -> None:
    conversation.opened().play_steps(
        flat(rf"""{SPARED}
        C: a5 UID SEARCH DELETED NOT UID 3:4
        S: * SEARCH 11
        S: a5 OK done
        C: a6 UID STORE 11 -FLAGS.SILENT (\Deleted)
        S: a6 OK done
        C: a7 UID SEARCH DELETED NOT UID 3:4
        S: * SEARCH
        S: a7 OK done
        C: a8 EXPUNGE
        S: a8 OK done
        C: a9 UID STORE 9 +FLAGS.SILENT (\Deleted)
        S: a9 OK done
        C: a10 UID STORE 11 +FLAGS.SILENT (\Deleted)
        S: a10 OK done
        """),
        delete_messages(frozenset(), UIDS),
    )


def test_a_program_that_marks_on_and_on_does_not_stop_us(conversation: Conversation) -> None:
    looks = "".join(
        rf"""
        C: a{2 * n + 1} UID SEARCH DELETED NOT UID 3:4
        S: * SEARCH 9
        S: a{2 * n + 1} OK done
        C: a{2 * n + 2} UID STORE 9 -FLAGS.SILENT (\Deleted)
        S: a{2 * n + 2} OK done
        """
        for n in range(1, 5)
    )
    again = "".join(f"C: a{n} UID STORE 9 +FLAGS.SILENT (\\Deleted)\nS: a{n} OK done\n" for n in range(12, 16))
    conversation.opened().play_steps(
        flat(f"C: a2 UID STORE 3:4 +FLAGS.SILENT (\\Deleted)\nS: a2 OK\n{looks}\nC: a11 EXPUNGE\nS: a11 OK\n{again}"),
        delete_messages(frozenset(), UIDS),
    )


def test_marks_come_back_when_the_second_look_is_refused(conversation: Conversation) -> None:
    script = flat(rf"""{SPARED}
        C: a5 UID SEARCH DELETED NOT UID 3:4
        S: a5 NO [LIMIT] not now
        C: a6 UID STORE 9 +FLAGS.SILENT (\Deleted)
        S: a6 OK done
        """)
    with pytest.raises(CommandFailed, match="LIMIT"):
        conversation.opened().play_steps(script, delete_messages(frozenset(), UIDS))


def test_a_mark_that_cannot_come_back_does_not_undo_the_removal(conversation: Conversation) -> None:
    refused = MARKED_AGAIN.replace("OK done", "NO not now")
    script = flat(f"{SPARED}{CLEAR}\nC: a6 EXPUNGE\nS: a6 OK done\n{refused}")
    conversation.opened().play_steps(script, delete_messages(frozenset(), UIDS))


def test_an_answer_that_names_no_message_removes_none(conversation: Conversation) -> None:
    """Nothing goes out after an ESEARCH that counts marks of others and does not say whose they are."""
    with pytest.raises(RemoteProtocolError, match="did not say which"):
        conversation.opened("ESEARCH").play_steps(
            r"""
            C: a2 UID STORE 3:4 +FLAGS.SILENT (\Deleted)
            S: a2 OK done
            C: a3 UID SEARCH RETURN (ALL) DELETED NOT UID 3:4
            S: * ESEARCH (TAG "a3") UID COUNT 1
            S: a3 OK done
            """,
            delete_messages(capability_set({"ESEARCH"}), UIDS),
        )


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
