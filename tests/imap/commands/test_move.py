"""MOVE with COPYUID, and what takes its place elsewhere."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set
from postroom.imap.commands.copy import Copied
from postroom.imap.commands.move import Move, move_messages
from postroom.imap.dialogue.events import Unsolicited
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ExpungeData, VanishedData
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation

UIDS = UidSet([(42, 69)])


def test_move(conversation: Conversation) -> None:
    """RFC 6851 section 3.3."""
    conversation.opened("MOVE").play(
        """
        C: a2 UID MOVE 42:69 foo
        S: * OK [COPYUID 432432 42:69 1202:1229]
        S: * 22 EXPUNGE
        S: * VANISHED 43:69
        S: a2 OK Done
        """,
        Move(UIDS, "foo"),
    )
    assert conversation.results() == [Copied(432432, UIDS, UidSet([(1202, 1229)]))]
    assert [type(event.response) for event in conversation.of(Unsolicited)] == [ExpungeData, VanishedData]


def test_move_that_tells_it_in_the_tagged_answer(conversation: Conversation) -> None:
    result = conversation.opened("MOVE").play_steps(
        "C: a2 UID MOVE 42:69 foo\nS: a2 OK [COPYUID 432432 42:69 1202:1229] Done",
        move_messages(capability_set({"MOVE"}), UIDS, "foo"),
    )
    assert result == Copied(432432, UIDS, UidSet([(1202, 1229)]))


@pytest.mark.parametrize(
    ("capabilities", "refusal", "tag"), [({"UIDPLUS"}, "", 2), ({"MOVE", "UIDPLUS"}, "NO [CANNOT] no MOVE here", 3)]
)
def test_copy_and_expunge_in_its_place(
    conversation: Conversation, capabilities: set[str], refusal: str, tag: int
) -> None:
    attempt = f"C: a2 UID MOVE 42:69 foo\nS: a2 {refusal}\n" if refusal else ""
    result = conversation.opened().play_steps(
        attempt
        + f"C: a{tag} UID COPY 42:69 foo\n"
        + f"S: a{tag} OK [COPYUID 432432 42:69 1202:1229] Done\n"
        + f"C: a{tag + 1} UID STORE 42:69 +FLAGS.SILENT (\\Deleted)\n"
        + f"S: a{tag + 1} OK Done\n"
        + f"C: a{tag + 2} UID EXPUNGE 42:69\n"
        + "S: * 1 EXPUNGE\n"
        + f"S: a{tag + 2} OK Done",
        move_messages(capability_set(capabilities), UIDS, "foo"),
    )
    assert result == Copied(432432, UIDS, UidSet([(1202, 1229)]))


def test_nothing_is_deleted_when_the_copy_fails(conversation: Conversation) -> None:
    with pytest.raises(CommandFailed, match="OVERQUOTA"):
        conversation.opened().play_steps(
            "C: a2 UID COPY 42:69 foo\nS: a2 NO [OVERQUOTA] full",
            move_messages(capability_set({"UIDPLUS"}), UIDS, "foo"),
        )


def test_a_missing_target_is_told_and_not_copied_to(conversation: Conversation) -> None:
    with pytest.raises(CommandFailed, match="TRYCREATE"):
        conversation.opened().play_steps(
            "C: a2 UID MOVE 42:69 foo\nS: a2 NO [TRYCREATE] no such mailbox",
            move_messages(capability_set({"MOVE"}), UIDS, "foo"),
        )
