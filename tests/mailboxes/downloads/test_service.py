"""Downloads on lent sessions: what is fetched, what is told, and what is remembered."""

from __future__ import annotations

import base64

import pytest

from postroom.mail.ids import attachment_id, message_id
from postroom.mailboxes.downloads.content import Content, IrregularContent
from postroom.mailboxes.downloads.pieces import PIECE
from postroom.mailboxes.downloads.service import Downloads
from postroom.mailboxes.failures import InvalidId, PartNotFound
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.one_part import OnePart
from tests.fakes.imap_server import FakeImapServer

CONTENT = bytes(range(256)) * 2_000
LINES = base64.encodebytes(CONTENT).replace(b"\n", b"\r\n")


async def number_of(visits: MailVisits) -> int:
    async with visits.folder("a", "INBOX", TimeAllowed.after(20)) as folder:
        return folder.number


def serve(mail: FakeImapServer, part: OnePart) -> OnePart:
    mail.append("u1", b"Subject: s\r\n\r\nx")
    mail.behave(part.behaviour())
    return part


async def read(content: Content) -> bytes:
    found = []
    while piece := await content.read():
        found.append(piece)
    assert await content.read() == b""
    return b"".join(found)


async def test_a_tag_is_for_one_content(visits: MailVisits, mail: FakeImapServer) -> None:
    serve(mail, OnePart(b"x"))
    number, downloads, tags = await number_of(visits), Downloads(visits), set()
    for _ in range(2):
        async with downloads.attachment("a", attachment_id(number, 1, "1"), TimeAllowed.after(20)) as opened:
            tags.add(opened.tag)
        async with downloads.source("a", message_id(number, 1), TimeAllowed.after(20), partly=True) as opened:
            tags.add(opened.tag)
            assert opened.named.filename == f"{message_id(number, 1)}.eml"
    assert len(tags) == 2


async def test_lines_that_were_not_as_they_seemed_are_remembered(visits: MailVisits, mail: FakeImapServer) -> None:
    middle = PIECE + 100
    serve(mail, OnePart(LINES[:middle] + b"!" + LINES[middle + 1 :], "base64"))
    downloads, id_ = Downloads(visits), attachment_id(await number_of(visits), 1, "1")
    with pytest.raises(IrregularContent):
        async with downloads.attachment("a", id_, TimeAllowed.after(20)) as opened:
            await read(opened.read_all())
    async with downloads.attachment("a", id_, TimeAllowed.after(20)) as opened:
        assert opened.total is None
        assert (await read(opened.read_all()))[:100_000] == CONTENT[:100_000]


async def test_ids_that_mean_nothing(visits: MailVisits, mail: FakeImapServer) -> None:
    serve(mail, OnePart(b"x"))
    downloads = Downloads(visits)
    with pytest.raises(InvalidId):
        async with downloads.attachment("a", "nonsense", TimeAllowed.after(20)):
            pass
    with pytest.raises(PartNotFound):
        async with downloads.attachment("a", attachment_id(await number_of(visits), 1, "7"), TimeAllowed.after(20)):
            pass
