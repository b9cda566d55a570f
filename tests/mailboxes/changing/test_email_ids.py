"""The ids that a server tells of its messages."""

from __future__ import annotations

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.email_ids import email_ids
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer
from tests.mailboxes.changing.at import MAIL, at


async def test_ids_of_gmail_are_decimal_numbers(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("X-GM-EXT-1",)
    mail.append("u1", MAIL % 1)
    mail.behave(answer("UID FETCH", "* 1 FETCH (UID 1 X-GM-MSGID 1278455344230334865)"))
    async with at(visits) as folder:
        assert await email_ids(folder, UidSet.beginning(1, 1)) == {1: "1278455344230334865"}
        assert await email_ids(folder, UidSet()) == {}
