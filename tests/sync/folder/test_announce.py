"""The events that follow from changes."""

from __future__ import annotations

from postroom.mail.ids import message_id
from postroom.sync.folder.announce import Place, change_events, changes, mailbox_deleted, mailbox_new, mailbox_reset
from postroom.sync.folder.chunks import FlagChange, chunk_of, difference

PLACE = Place("Work/Büro", None, "/", 3)


def test_deleted_messages_come_before_changed_ones() -> None:
    before = chunk_of({1: frozenset(), 2: frozenset({"\\Seen"})})
    after = chunk_of({2: frozenset({"\\Flagged"}), 3: frozenset()})
    gone, changed = change_events(PLACE, difference(before, after))
    assert (gone.name, gone.path, gone.data()) == ("messageDeleted", "Work/Büro", {"id": message_id(3, 1), "uid": 1})
    assert changed.data() == {
        "id": message_id(3, 2),
        "uid": 2,
        "changes": {"flags": {"added": ["\\Flagged"], "deleted": ["\\Seen"], "value": ["\\Flagged"]}},
    }


def test_labels_come_apart_from_flags() -> None:
    change = FlagChange(1, ("label:Büro",), ("\\Seen",), ("label:Büro", "label:\\Inbox", "todo"))
    assert changes(change) == {
        "flags": {"deleted": ["\\Seen"], "value": ["todo"]},
        "labels": {"added": ["Büro"], "value": ["Büro", "\\Inbox"]},
    }
    assert changes(FlagChange(1, ("label:Büro",), (), ("label:Büro",))) == {
        "labels": {"added": ["Büro"], "value": ["Büro"]}
    }


def test_folders() -> None:
    common = {"path": "Work/Büro", "name": "Büro", "specialUse": False}
    assert mailbox_new(PLACE, 7).data() == {**common, "uidValidity": "7"}
    assert mailbox_deleted("Work/Büro", None, "/").data() == common
    reset = {**common, "uidValidity": "8", "prevUidValidity": "7", "reason": "uidValidityChange"}
    assert mailbox_reset(PLACE, 8, 7, lost=False).data() == reset
    assert mailbox_reset(PLACE, 8, None, lost=False).data()["prevUidValidity"] is False
    assert mailbox_reset(PLACE, 8, None, lost=True).data() == {
        **common,
        "uidValidity": "8",
        "reason": "syncStateLost",
    }
