"""UID STORE of Gmail's labels."""

from __future__ import annotations

import pytest

from postroom.imap.commands.store_labels import StoreLabels
from postroom.imap.errors import LocalProtocolError
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation

UIDS = UidSet([(3, 4)])


def test_labels_are_written_as_names_and_gmails_own_as_flags(conversation: Conversation) -> None:
    conversation.opened("X-GM-EXT-1").play(
        r"""
        C: a2 UID STORE 3:4 +X-GM-LABELS (Caf&AOk- "Two words" \Important)
        S: * 1 FETCH (UID 3 X-GM-LABELS (Caf&AOk- "Two words" \Important))
        S: * 9 FETCH (UID 90 FLAGS ())
        S: a2 OK done
        C: a3 UID STORE 3:4 -X-GM-LABELS (Work)
        S: a3 OK done
        """,
        StoreLabels(UIDS, "+", ["\\Important", "Two words", "Café"]),
        StoreLabels(UIDS, "-", ["Work", "Work"]),
    )
    added, removed = conversation.results()
    assert [(each.uid, each.gm_labels) for each in added] == [(3, ("Café", "Two words", "\\Important"))]
    assert removed == ()


@pytest.mark.parametrize("label", ["\\two words", "a\r\nb", ""])
def test_what_cannot_be_a_label(label: str) -> None:
    with pytest.raises(LocalProtocolError):
        StoreLabels(UIDS, "+", [label]).encode(frozenset(), frozenset())
