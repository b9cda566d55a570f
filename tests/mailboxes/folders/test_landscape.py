"""What is known of a server's folders before a change: paths, roles, prefix and delimiter."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import FolderNotFound
from postroom.mailboxes.folders.landscape import Landscape, read_landscape
from postroom.mailboxes.folders.naming import NameSpace
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer


async def landscape(visits: MailVisits) -> Landscape:
    async with visits.session("a", TimeAllowed.after(10.0)) as visit:
        return await read_landscape(visit, ())


async def test_a_folder_is_found_by_path_and_by_role(visits: MailVisits) -> None:
    there = await landscape(visits)
    assert there.path_of("Sent") == there.path_of("\\sENT") == "Sent"
    assert there.path_of("inbox") == there.path_of("\\Inbox") == "INBOX"
    assert there.delimiter_of("Sent") == "/"
    for missing in ("Nowhere", "\\Archive"):
        with pytest.raises(FolderNotFound):
            there.path_of(missing)


async def test_the_prefix_and_delimiter_are_those_of_the_callers_own_folders(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    told = '* NAMESPACE (("INBOX." ".")("old." ".")) (("user." ".")) (("shared/" "/"))'
    mail.behave(answer("NAMESPACE", told))
    assert (await landscape(visits)).space == NameSpace("INBOX.", ".", ("old.", "user.", "shared/"))


@pytest.mark.parametrize("words", [(), ("* NAMESPACE NIL NIL NIL",)])
async def test_without_namespaces_the_delimiter_is_that_of_the_list(
    visits: MailVisits, mail: FakeImapServer, words: tuple[str, ...]
) -> None:
    mail.behave(answer("NAMESPACE", *words, tagged="OK Done" if words else "NO Not now"))
    assert (await landscape(visits)).space == NameSpace("", "/")
