"""Content while it passes: a stretch of a section, cut to what is wanted, with its length checked."""

from __future__ import annotations

import pytest

from postroom.mail.ids import message_id
from postroom.mail.streaming.decoders import decoder_of
from postroom.mailboxes.downloads.content import Content, IrregularContent, Stretch
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.one_part import OnePart
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.downloads.test_service import CONTENT, number_of, read, serve

SIZE = len(CONTENT)


async def test_stretches(visits: MailVisits, mail: FakeImapServer) -> None:
    serve(mail, OnePart(CONTENT))
    async with visits.message("a", message_id(await number_of(visits), 1), TimeAllowed.after(20)) as at:

        def content(stretch: Stretch, *, skip: int = 0, length: int | None = None, is_part: bool = False) -> Content:
            return Content(at, "1", stretch, decoder_of("8bit"), skip=skip, length=length, is_part=is_part)

        assert await read(content(Stretch(size=SIZE))) == CONTENT
        assert await read(content(Stretch(end=SIZE), length=SIZE)) == CONTENT
        assert await read(content(Stretch(end=SIZE, begun=CONTENT[:9]), length=SIZE)) == CONTENT
        assert await read(content(Stretch(begun=b"abc", is_whole=True))) == b"abc"
        assert await read(content(Stretch(10, 100), skip=5, length=7, is_part=True)) == CONTENT[15:22]
        with pytest.raises(IncompleteAnswer):
            await read(content(Stretch(end=SIZE + 1)))
        for length in (SIZE - 1, SIZE + 1):
            with pytest.raises(IrregularContent):
                await read(content(Stretch(end=SIZE), length=length))
