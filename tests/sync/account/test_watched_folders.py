"""Which folders are watched, and names that stand for none."""

from __future__ import annotations

import pytest

from postroom.sync.account.watched_folders import unknown, watched

FOLDERS = [("INBOX", "\\Inbox"), ("Gesendet", "\\Sent"), ("Archiv", None)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], ["INBOX", "Gesendet", "Archiv"]),
        (["*"], ["INBOX", "Gesendet", "Archiv"]),
        (["Archiv", "inbox"], ["INBOX", "Archiv"]),
        (["\\Inbox", "\\Sent"], ["INBOX", "Gesendet"]),
        (["\\Sent"], ["Gesendet"]),
        (["Archiv", "Gesendet"], ["Archiv", "Gesendet"]),
        (["not there"], ["INBOX"]),
        (["not there", "Archiv"], ["Archiv"]),
    ],
)
def test_what_is_watched(wanted: list[str], expected: list[str]) -> None:
    assert watched(FOLDERS, wanted, gmail=False) == expected


def test_names_that_stand_for_no_folder() -> None:
    assert unknown(FOLDERS, ["*", "inbox", "\\Sent", "Archiv"]) == []
    assert unknown(FOLDERS, ["archiv", "\\Trash", "Archiv", "archiv"]) == ["archiv", "\\Trash"]


GMAIL = [("INBOX", "\\Inbox"), ("All Mail", "\\All"), ("Bin", "\\Trash"), ("Spam", "\\Junk"), ("Büro", None)]


def test_gmail_is_watched_in_three_folders() -> None:
    assert watched(GMAIL, [], gmail=True) == ["All Mail", "Spam", "Bin"]
    assert watched(GMAIL, ["INBOX"], gmail=True) == ["All Mail", "Spam", "Bin"]
    assert watched(GMAIL, ["\\All"], gmail=True) == ["All Mail"]
    # Hidden from IMAP, All Mail cannot be watched; then Gmail is a server like any other.
    assert watched(GMAIL[:1], [], gmail=True) == ["INBOX"]
