"""Searches of one folder and of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.wanted import EVERYTHING
from postroom.mailboxes.searching.service import Searches
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import FakeImapServer, drop_during

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


def fill(mail: FakeImapServer, count: int) -> list[str]:
    """Deliver messages to folders in turn, one a day; return their subjects, the newest first."""
    subjects = []
    for number in range(count):
        folder = ("INBOX", "Sent", "Drafts")[number % 3]
        message = mail.append("u1", b"Subject: m%02d\r\n\r\n" % number, folder)
        message.received = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
        subjects.append(f"m{number:02}")
    return subjects[::-1]


def asked_of(mail: FakeImapServer) -> list[str]:
    return [each for each in mail.statistics.commands() if each not in ("ID", "NAMESPACE", "AUTHENTICATE", "UNSELECT")]


async def test_the_next_page_searches_nothing_again(visits: MailVisits, mail: FakeImapServer) -> None:
    expected = fill(mail, 12)
    searches, pages = Searches(visits), list[str]()
    asked = replace(ASKED, size=3)
    while True:
        before = len(asked_of(mail))
        page = await searches.everywhere("a", Terms(), asked, TimeAllowed.after(10))
        spent = asked_of(mail)[before:]
        if asked.start.beside is not None:
            assert spent == ["EXAMINE", "UID FETCH"] * 3
        assert page.total == 12
        pages += [each["subject"] for each in page.messages]
        if page.older is None:
            break
        asked = replace(asked, start=page.older)
    assert pages == expected
    assert page.newer is not None
    back = await searches.everywhere("a", Terms(), replace(asked, start=page.newer), TimeAllowed.after(10))
    assert [each["subject"] for each in back.messages] == expected[6:9]


async def test_a_first_page_and_a_changed_account_are_searched_anew(visits: MailVisits, mail: FakeImapServer) -> None:
    fill(mail, 12)
    searches = Searches(visits)
    first = await searches.everywhere("a", Terms(), ASKED, TimeAllowed.after(10))
    assert first.older is not None
    mail.append("u1", b"Subject: new\r\n\r\n")
    again = await searches.everywhere("a", Terms(), ASKED, TimeAllowed.after(10))
    assert (again.total, again.messages[0]["subject"]) == (13, "new")
    second = replace(ASKED, start=first.older)
    mail.append("u1", b"Subject: newer\r\n\r\n")
    kept = await searches.everywhere("a", Terms(), second, TimeAllowed.after(10))
    revised = table.update().values(revision=table.c.revision + sa.literal(1))
    await visits.db.write(lambda conn: conn.execute(revised))
    anew = await searches.everywhere("a", Terms(), second, TimeAllowed.after(10))
    assert (kept.total, anew.total) == (13, 14)
    assert [each["subject"] for each in kept.messages] == [each["subject"] for each in anew.messages]


async def test_pages_of_several_nodes_follow_one_another_while_mail_comes_and_goes(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    """No message twice, and none left out that was there all the time, whichever node answers."""
    stays = set(fill(mail, 30))
    nodes = [Searches(visits), Searches(visits)]
    asked, shown, turn = replace(ASKED, size=4), list[str](), 0
    while True:
        page = await nodes[(turn * 2 // 3) % 2].everywhere("a", Terms(), asked, TimeAllowed.after(10))
        shown += [each["subject"] for each in page.messages]
        if page.older is None:
            break
        asked = replace(asked, start=page.older)
        for folder in ("INBOX", "Sent"):
            there = mail.mailbox("u1", folder).messages
            gone = there[turn % len(there)]
            stays.discard(gone.content.decode().split()[1])
            mail.expunge("u1", gone.uid, folder)
        late = mail.append("u1", b"Subject: late%d\r\n\r\n" % turn, "Drafts")
        late.received = datetime(2025, 1, 1, turn, tzinfo=UTC) + timedelta(days=3 * turn)
        turn += 1
    assert len(shown) == len(set(shown))
    assert stays <= set(shown)
    assert 0 < len(stays) < 30


async def test_what_a_node_kept_before_the_first_page_is_not_taken_for_the_next(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    """Two programs search for the same, one a moment after the other: a node may have kept only the earlier search."""
    fill(mail, 12)
    first_node, other_node = Searches(visits), Searches(visits)
    asked = replace(ASKED, size=4)
    await other_node.everywhere("a", Terms(), asked, TimeAllowed.after(10))
    mail.expunge("u1", 1, "INBOX")
    late = mail.append("u1", b"Subject: late\r\n\r\n")
    late.received = datetime(2025, 1, 2, tzinfo=UTC)
    shown = list[str]()
    for node in (first_node, other_node, other_node):
        page = await node.everywhere("a", Terms(), asked, TimeAllowed.after(10))
        shown += [each["subject"] for each in page.messages]
        assert page.older is not None or node is other_node
        asked = replace(asked, start=page.older or Cursor())
    assert sorted(shown) == ["late", *(f"m{number:02}" for number in range(1, 12))]
    assert asked_of(mail).count("UID SEARCH") == 3 * 3


async def test_a_page_of_what_was_kept_outlives_a_session_that_the_server_closes(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    expected = fill(mail, 12)
    searches = Searches(visits)
    first = await searches.everywhere("a", Terms(), ASKED, TimeAllowed.after(10))
    assert first.older is not None
    mail.behave_now(drop_during("EXAMINE"))
    mail.behave()
    second = await searches.everywhere("a", Terms(), replace(ASKED, start=first.older), TimeAllowed.after(10))
    assert [each["subject"] for each in second.messages] == expected[5:10]
