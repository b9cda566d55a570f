"""In which order folders are searched."""

from __future__ import annotations

from postroom.mailboxes.own_ids.route import route
from postroom.mailboxes.places import ListedFolder


def folders(**roles: str | None) -> list[ListedFolder]:
    return [ListedFolder(path, path.encode(), f"\\{role}" if role else None) for path, role in roles.items()]


HELD = folders(Trash="Trash", Junk="Junk", Z=None, Archive="Archive", All="All", Stars="Flagged", B=None, INBOX="Inbox")


def paths(found: list[ListedFolder]) -> list[str]:
    return [each.path for each in found]


def test_gmail_keeps_all_in_three_folders() -> None:
    assert paths(route(HELD, {"B"}, is_gmail=True)) == ["All", "Trash", "Junk"]


def test_elsewhere_the_folder_known_is_first_and_views_are_left_out() -> None:
    assert paths(route(HELD, (), is_gmail=False)) == ["INBOX", "Archive", "Z", "B", "Trash", "Junk"]
    assert paths(route(HELD, {"B", "Trash"}, is_gmail=False)) == ["B", "Trash", "INBOX", "Archive", "Z", "Junk"]


def test_gmail_without_all_mail_is_as_elsewhere() -> None:
    assert paths(route(folders(Work=None, INBOX="Inbox", Trash="Trash"), (), is_gmail=True)) == [
        *("INBOX", "Work", "Trash"),
    ]
