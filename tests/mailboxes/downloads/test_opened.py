"""An open section: its total, all of it, and parts of it."""

from __future__ import annotations

from postroom.mail.ids import attachment_id
from postroom.mailboxes.downloads.service import Downloads
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.one_part import OnePart
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.downloads.test_service import CONTENT, LINES, number_of, read, serve


async def test_all_and_a_part_of_an_attachment(visits: MailVisits, mail: FakeImapServer) -> None:
    serve(mail, OnePart(LINES, "base64"))
    downloads, id_ = Downloads(visits), attachment_id(await number_of(visits), 1, "1")
    async with downloads.attachment("a", id_, TimeAllowed.after(20)) as opened:
        assert (opened.total, opened.named.filename) == (len(CONTENT), "a.pdf")
        opened.stay()
        assert await read(opened.read_all()) == CONTENT
        for start, length in ((0, 1), (57, 57), (100_000, 300_000), (len(CONTENT) - 1, 1)):
            assert await read(opened.read_part(start, length)) == CONTENT[start : start + length]


async def test_a_wrong_size_gives_no_total(visits: MailVisits, mail: FakeImapServer) -> None:
    part = serve(mail, OnePart(CONTENT, told=len(CONTENT) - 1))
    id_ = attachment_id(await number_of(visits), 1, "1")
    for part.told in (len(CONTENT) - 1, len(CONTENT) + 1, len(CONTENT) + 100_000):
        downloads = Downloads(visits)
        async with downloads.attachment("a", id_, TimeAllowed.after(20)) as opened:
            assert opened.total is None
            assert await read(opened.read_all()) == CONTENT
        async with downloads.attachment("a", id_, TimeAllowed.after(20)) as opened:
            assert opened.total == len(CONTENT)
            assert await read(opened.read_part(1000, 2000)) == CONTENT[1000:3000]
    part.told = len(CONTENT)
    async with downloads.attachment("a", id_, TimeAllowed.after(20), partly=True) as opened:
        assert opened.total == len(CONTENT)
