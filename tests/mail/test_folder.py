"""The folder object, and which listed folders there are for callers."""

from __future__ import annotations

import pytest

from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import decode_mailbox
from postroom.imap.responses import ListData
from postroom.mail.folder import folder_object, folders_by_path, leaf, parent
from postroom.mail.roles import Role


def listed(raw_name: bytes) -> ListData:
    return ListData(frozenset(), "/", decode_mailbox(raw_name), raw_name)


def test_a_folder_with_a_role() -> None:
    attributes = ("\\Noinferiors", "\\Sent", "\\Subscribed")
    assert folder_object("Mail/Out", "/", attributes, Role("\\Sent", "extension")) == {
        "path": "Mail/Out",
        "name": "Out",
        "delimiter": "/",
        "parentPath": "Mail",
        "listed": True,
        "subscribed": True,
        "noInferiors": True,
        "specialUse": "\\Sent",
        "specialUseSource": "extension",
    }


def test_a_folder_without_a_role_says_nothing_of_one() -> None:
    shown = folder_object("Mail", None, frozenset({"\\NonExistent"}), None)
    assert shown == {
        "path": "Mail",
        "name": "Mail",
        "delimiter": None,
        "parentPath": "",
        "listed": False,
        "subscribed": False,
        "noInferiors": False,
        "noSelect": True,
    }
    assert "noSelect" not in folder_object("Mail", "/", (), None)


@pytest.mark.parametrize(
    ("path", "delimiter", "above", "last"),
    [
        ("a/b", "/", "a", "b"),
        ("a/b/c", "/", "a/b", "c"),
        ("a/b", ".", "", "a/b"),
        ("a/b", None, "", "a/b"),
        ("a/", "/", "", "a"),
        ("a/b/", "/", "a", "b"),
        ("a", "/", "", "a"),
    ],
)
def test_the_levels_of_a_path(path: str, delimiter: str | None, above: str, last: str) -> None:
    assert (parent(path, delimiter), leaf(path, delimiter)) == (above, last)


def test_names_that_nobody_can_send_or_store_are_left_out() -> None:
    names = (b"INBOX", b"a\r\nb", b"", b"x" * (LONGEST_NAME + 1), b"Sent")
    assert list(folders_by_path([listed(name) for name in names])) == ["INBOX", "Sent"]


def test_names_that_read_alike_keep_the_paths_of_before() -> None:
    raw, encoded = listed("Entwürfe".encode()), listed(b"Entw&APw-rfe")
    assert list(folders_by_path([raw])) == ["Entwürfe"]
    assert list(folders_by_path([raw, encoded])) == ["Entw%C3%BCrfe", "Entwürfe"]
    assert list(folders_by_path([raw], ["Entw%C3%BCrfe"])) == ["Entw%C3%BCrfe"]
