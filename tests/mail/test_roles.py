"""Which folder has which role, and who gave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from postroom.mail import roles
from postroom.mail.roles import Role, named

Listed = tuple[str, str | None, tuple[str, ...]]


def assign_roles(folders: Iterable[roles.Listed], chosen: Mapping[str, str]) -> dict[str, str]:
    """The roles alone, whoever gave them."""
    return {path: role.name for path, role in roles.assign_roles(folders, chosen).items()}


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


def test_who_gave_a_role() -> None:
    folders: list[Listed] = [
        ("inbox", "/", ()),
        ("Mine", "/", ()),
        ("Out", "/", ("\\Drafts",)),
        ("Papierkorb", "/", ()),
    ]
    assert roles.assign_roles(folders, {"\\Sent": "Mine"}) == {
        "inbox": Role("\\Inbox", "name"),
        "Mine": Role("\\Sent", "user"),
        "Out": Role("\\Drafts", "extension"),
        "Papierkorb": Role("\\Trash", "name"),
    }


def test_a_choice_that_is_not_there_leaves_the_role_to_others() -> None:
    folders: list[Listed] = [("Sent", "/", ()), ("Closed", "/", ("\\Noselect",))]
    assert assign_roles(folders, {"\\Sent": "Gone"}) == {"Sent": "\\Sent"}
    assert assign_roles(folders, {"\\Sent": "Closed"}) == {"Sent": "\\Sent"}


def test_names_and_roles_stand_for_paths() -> None:
    folders = [("INBOX", "\\Inbox"), ("Gesendet", "\\Sent"), ("Archiv", None)]
    assert named(folders, ["inbox", "\\Sent", "Archiv", "archiv", "\\Trash"]) == {
        "inbox": "INBOX",
        "\\Sent": "Gesendet",
        "Archiv": "Archiv",
    }
