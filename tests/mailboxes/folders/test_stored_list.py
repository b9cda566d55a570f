"""Stored folders in the form of a list."""

from __future__ import annotations

from postroom.folders.store import FolderRow
from postroom.mailboxes.folders.stored_list import stored_list


def row(path: str, *attributes: str, messages: int | None = None, object_id: str | None = None) -> FolderRow:
    return FolderRow(path, "/", attributes, None, 7, None if messages is None else messages + 1, messages, object_id, 1)


def test_stored_folders_are_shown_with_what_is_known() -> None:
    rows = [row("INBOX", messages=3, object_id="F1"), row("Mail", "\\Noselect"), row("Mail/Old", "\\Subscribed")]
    inbox, place, old = stored_list(rows, {"\\Archive": "Mail/Old"})
    assert (inbox["id"], inbox["messages"], inbox["uidNext"], inbox["specialUse"]) == ("F1", 3, 4, "\\Inbox")
    assert place["noSelect"]
    assert "messages" not in place
    assert (old["parentPath"], old["name"], old["subscribed"]) == ("Mail", "Old", True)
    assert (old["specialUse"], old["specialUseSource"]) == ("\\Archive", "user")
    assert not any("status" in each for each in (inbox, place, old))
