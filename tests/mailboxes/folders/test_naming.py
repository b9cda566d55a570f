"""Names of folders: levels, prefixes, and what no server can be asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from postroom.mailboxes.failures import InvalidFolder
from postroom.mailboxes.folders.naming import NameSpace, moved_paths, new_path

SLASH = NameSpace("", "/")
COURIER = NameSpace("INBOX.", ".", ("shared.",))


@pytest.mark.parametrize(
    ("name", "space", "path"),
    [
        ("Work", SLASH, "Work"),
        (["Work", "Übersee & 日本 🙂"], SLASH, "Work/Übersee & 日本 🙂"),
        ("Work/2026", SLASH, "Work/2026"),
        ("inbox", SLASH, "INBOX"),
        (["Work", "2026"], COURIER, "INBOX.Work.2026"),
        ("Work", COURIER, "INBOX.Work"),
        ("INBOX.Work", COURIER, "INBOX.Work"),
        ("Inbox", COURIER, "INBOX"),
        ("shared.team", COURIER, "shared.team"),
        (["one"], NameSpace(), "one"),
        ("a/b", NameSpace(), "a/b"),
    ],
)
def test_a_name_becomes_a_path(name: str | Sequence[str], space: NameSpace, path: str) -> None:
    assert new_path(name, space, "path") == path


@pytest.mark.parametrize(
    ("name", "space", "words"),
    [
        ("Work/", SLASH, "empty level"),
        ("/Work", SLASH, "empty level"),
        ("a//b", SLASH, "empty level"),
        (["a/b"], SLASH, "separates levels"),
        (["a", "b"], NameSpace(), "only one"),
        ("x" * 2001, SLASH, "too long"),
        ("日" * 700, SLASH, "too long"),
        ("half \ud83d", SLASH, "surrogate"),
    ],
)
def test_a_name_that_no_folder_can_have_is_explained(name: str | Sequence[str], space: NameSpace, words: str) -> None:
    with pytest.raises(InvalidFolder, match=words) as caught:
        new_path(name, space, "newPath")
    assert (caught.value.key, '"newPath"' in caught.value.message) == ("newPath", True)


def test_folders_below_a_renamed_one_move_with_it() -> None:
    listed = ["A", "A/x", "A/x/y", "Ab", "B/A/x"]
    assert moved_paths("A", "New/A", "/", listed) == {"A": "New/A", "A/x": "New/A/x", "A/x/y": "New/A/x/y"}
    assert moved_paths("A", "New", None, listed) == {"A": "New"}
