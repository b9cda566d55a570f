"""Searches of one folder and of all."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.wanted import EVERYTHING
from postroom.mailboxes.searching.service import Searches
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer

ASKED = PageAsked(Cursor(), 5, EVERYTHING)


async def test_one_folder_and_all(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: one\r\n\r\n")
    mail.append("u1", b"Subject: two\r\n\r\n", "Sent")
    mail.append("u1", b"Subject: three\r\n\r\n", "Trash")
    searches, terms = Searches(visits), Terms(flags=(("seen", False),))
    one = await searches.in_folder("a", "\\Trash", terms, ASKED, TimeAllowed.after(10))
    assert ([each["subject"] for each in one.messages], one.incomplete) == (["three"], None)
    every = await searches.everywhere("a", terms, ASKED, TimeAllowed.after(10))
    assert ({each["subject"] for each in every.messages}, every.incomplete) == ({"one", "two"}, [])


async def test_numbers_need_a_folder(visits: MailVisits) -> None:
    for terms in (Terms(sets=(("uid", "1"),)), Terms(either=(Terms(numbers=(("modseq", 1),)),))):
        with pytest.raises(UnsupportedSearchTerm):
            await Searches(visits).everywhere("a", terms, ASKED, TimeAllowed.after(10))
