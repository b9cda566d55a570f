"""Which folders a search without a path goes through."""

from __future__ import annotations

from postroom.imap.responses import ListData
from postroom.mailboxes.searching.all_folders.scope import scope


def listed(name: str, *attributes: str) -> ListData:
    return ListData(frozenset(attributes), "/", name, name.encode())


FOLDERS = [
    listed("Work"),
    listed("Junk", "\\Junk"),
    listed("Bin", "\\Trash"),
    listed("Parent", "\\Noselect"),
    listed("Everything", "\\All"),
    listed("Sent", "\\Sent"),
    listed("INBOX"),
]


def test_junk_trash_and_views_are_left_out() -> None:
    assert [each.path for each in scope(FOLDERS, {}, is_gmail=False)] == ["INBOX", "Sent", "Work"]


def test_at_gmail_one_folder_has_all_mail() -> None:
    assert [each.path for each in scope(FOLDERS, {}, is_gmail=True)] == ["Everything"]
