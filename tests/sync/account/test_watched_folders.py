"""Folders: roles, which are watched, what changed about them."""

from __future__ import annotations

import pytest

from postroom.mail.role_names import ROLE_NAMES
from postroom.sync.account.watched_folders import assign_roles, compare, leaf, unknown, watched

Listed = tuple[str, str | None, tuple[str, ...]]


def test_a_role_the_account_chose_comes_before_the_servers_and_that_before_a_name() -> None:
    folders: list[Listed] = [
        ("INBOX", "/", ()),
        ("Gesendet", "/", ()),
        ("Out", "/", ("\\sent",)),
        ("Mine", "/", ()),
    ]
    assert assign_roles(folders, {"\\Sent": "Mine"}) == {"INBOX": "\\Inbox", "Mine": "\\Sent"}
    assert assign_roles(folders, {}) == {"INBOX": "\\Inbox", "Out": "\\Sent"}
    assert assign_roles([folders[1]], {}) == {"Gesendet": "\\Sent"}


def test_of_several_folders_for_one_role_always_the_same_is_taken() -> None:
    twice: list[Listed] = [("Deep/Trash", "/", ("\\Trash",)), ("B", "/", ("\\Trash",)), ("A", "/", ("\\Trash",))]
    assert assign_roles(twice, {}) == {"A": "\\Trash"}
    assert assign_roles(reversed(twice), {}) == {"A": "\\Trash"}
    both: list[Listed] = [("Sent Items", "/", ()), ("Sent", "/", ())]
    assert assign_roles(both, {}) == {"Sent": "\\Sent"}


def test_names_count_near_the_top_only() -> None:
    assert assign_roles([("INBOX.Papierkorb", ".", ())], {}) == {"INBOX.Papierkorb": "\\Trash"}
    assert assign_roles([("Projects.Trash", ".", ())], {}) == {}
    assert assign_roles([("Trash", ".", ("\\Noselect",))], {}) == {}


def test_the_spellings_of_gmail_and_xlist() -> None:
    folders: list[Listed] = [("a", "/", ("\\AllMail",)), ("b", "/", ("\\Spam",)), ("c", "/", ("\\Starred",))]
    assert assign_roles(folders, {}) == {"a": "\\All", "b": "\\Junk", "c": "\\Flagged"}


def test_every_known_name_stands_for_one_role() -> None:
    names = [name.casefold() for names in ROLE_NAMES.values() for name in names]
    assert len(names) == len(set(names))
    for role, known in ROLE_NAMES.items():
        for name in known:
            assert assign_roles([(name.upper(), "/", ())], {}) == {name.upper(): role}


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


def test_folders_that_are_new_gone_and_renamed() -> None:
    found = compare({"INBOX": None, "a": "1", "b": "2", "c": None}, {"b": "2", "d": "1", "e": None})
    assert (found.new, found.gone, found.renamed) == (("e",), ("c",), (("a", "d"),))


def test_the_last_level_of_a_path() -> None:
    assert leaf("a/b", "/") == "b"
    assert leaf("a/b", ".") == leaf("a/b", None) == "a/b"
    assert leaf("a/", "/") == "a"
