"""Finding the folder that messages are moved to."""

from __future__ import annotations

import pytest

from postroom.mailboxes.changing.targets import MoveTarget, find_target, is_missing, look_again
from postroom.mailboxes.failures import FolderNotFound, ServerRefused
from postroom.mailboxes.visiting import MailVisits
from postroom.words.strangers import take_in
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.changing.at import at


async def test_a_target_is_found_by_path_or_role(visits: MailVisits) -> None:
    async with at(visits) as folder:
        assert await find_target(visits, folder.visit, "inbox") == MoveTarget("inbox", "INBOX", "INBOX")
        assert await find_target(visits, folder.visit, "\\TRASH") == MoveTarget("\\TRASH", "Trash", b"Trash")
        with pytest.raises(FolderNotFound):
            await find_target(visits, folder.visit, "\\Archive")


async def test_a_target_is_looked_for_again_in_the_list(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "Entwürfe")
    async with at(visits) as folder:
        # The name stands in the list in UTF-8, against the standard.
        asked = await find_target(visits, folder.visit, "Entwürfe")
        again = await look_again(folder.visit, asked)
        assert again == MoveTarget("Entwürfe", "Entwürfe", "Entwürfe".encode())
        assert await look_again(folder.visit, again) is None
        assert await look_again(folder.visit, MoveTarget("Sent", "Sent", "Sent")) is None
        with pytest.raises(FolderNotFound):
            await look_again(folder.visit, MoveTarget("Nowhere", "Nowhere", "Nowhere"))


@pytest.mark.parametrize(
    ("status", "code", "command", "missing"),
    [
        ("NO", "TRYCREATE", "UID MOVE", True),
        ("NO", "NONEXISTENT", "UID COPY", True),
        ("NO", "CANNOT", "UID MOVE", True),
        ("NO", "ServerRefused", "UID COPY", True),
        ("NO", "OVERQUOTA", "UID COPY", False),
        ("BYE", "ServerRefused", "UID MOVE", False),
        ("NO", "ServerRefused", "UID STORE", False),
    ],
)
def test_which_refusals_may_mean_that_it_is_not_there(status: str, code: str, command: str, missing: bool) -> None:
    assert is_missing(ServerRefused("m", code, take_in("m"), status, command)) is missing
