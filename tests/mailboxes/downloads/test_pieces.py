"""Pieces of a section: as they are there, and answers that are none."""

from __future__ import annotations

import pytest

from postroom.mail.ids import message_id
from postroom.mailboxes.downloads.pieces import NoContent, PieceAt, fetch_pieces
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.one_part import OnePart
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.downloads.test_service import number_of, serve


async def test_pieces_of_a_section(visits: MailVisits, mail: FakeImapServer) -> None:
    part = serve(mail, OnePart(b"0123456789"))
    async with visits.message("a", message_id(await number_of(visits), 1), TimeAllowed.after(20)) as at:
        assert await fetch_pieces(at, "1", PieceAt(0, 3), PieceAt(8, 5), PieceAt(20, 5)) == [b"012", b"89", b""]
        part.piece = lambda _begin, _size: "left out"
        with pytest.raises(NoContent):
            await fetch_pieces(at, "1", PieceAt(0, 3))
        part.piece = lambda _begin, _size: b"0123"
        with pytest.raises(IncompleteAnswer):
            await fetch_pieces(at, "1", PieceAt(0, 3))
