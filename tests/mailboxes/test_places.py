"""Folders found in the server's list, by role and by path."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import FolderNotFound
from postroom.mailboxes.places import find_listed, find_role, is_role, unlisted
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer


def test_roles_are_known_in_any_mix_of_cases() -> None:
    assert all(map(is_role, ("\\Inbox", "\\SENT", "\\drafts", "\\Trash", "\\Junk", "\\Archive", "\\All")))
    assert not any(map(is_role, ("Sent", "\\Seen", "INBOX")))


def test_a_folder_known_by_its_path_alone() -> None:
    assert unlisted("INBOX").role == "\\Inbox"
    assert (unlisted("Entwürfe").raw_name, unlisted("Entwürfe").role) == (b"Entw&APw-rfe", None)


async def test_the_list_tells_roles_and_names_on_the_wire(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("LIST", '* LIST (\\Trash) "/" "Papierk&APY-rbe"', '* LIST () "/" "Entwürfe"'))
    async with visits.session("a", TimeAllowed.after(10)) as visit:
        found = await find_role(visit, "\\trash")
        assert (found.path, found.raw_name) == ("Papierkörbe", b"Papierk&APY-rbe")
        assert (await find_role(visit, "\\Inbox")).path == "INBOX"
        assert (await find_listed(visit, "Entwürfe")).raw_name == "Entwürfe".encode()
        with pytest.raises(FolderNotFound):
            await find_role(visit, "\\Sent")
        with pytest.raises(FolderNotFound):
            await find_listed(visit, "Sent")


async def test_a_level_of_the_tree_holds_no_messages(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("LIST", '* LIST (\\Noselect \\HasChildren) "/" "Level"', '* LIST () "/" "Level/Folder"'))
    async with visits.session("a", TimeAllowed.after(10)) as visit:
        assert (await find_listed(visit, "Level/Folder")).path == "Level/Folder"
        with pytest.raises(FolderNotFound, match="no messages"):
            await find_listed(visit, "Level")
