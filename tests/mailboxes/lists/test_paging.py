"""Pages of a folder stay right when sequence numbers shift."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import IncompleteAnswer, InvalidCursor
from postroom.mailboxes.lists.cursor import Beside, Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.paging import page_of_all, page_of_found
from postroom.mailboxes.lists.wanted import EVERYTHING
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer


def fill(mail: FakeImapServer, count: int = 8) -> None:
    mail.mailbox("u1").uid_validity = 1
    for number in range(count):
        mail.append("u1", b"Subject: %d\r\n\r\n" % number)


async def uids(visits: MailVisits, start: Cursor) -> list[int]:
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        page = await page_of_all(folder, PageAsked(start, 3, EVERYTHING))
    return [each["uid"] for each in page.messages]


@pytest.mark.parametrize(
    ("place", "gone", "expected"),
    [
        (Beside(1, 6, 5), (), [5, 4, 3]),
        (Beside(1, 6, 5), (6,), [5, 4, 3]),
        (Beside(1, 6, 5), (2, 3), [5, 4, 1]),
        (Beside(1, 6, 5), (2, 6), [5, 4, 3]),
        (Beside(1, 6, 5), (1, 2, 3, 4, 5), []),
        (Beside(1, 4, 4, up=True), (), [7, 6, 5]),
        (Beside(1, 4, 4, up=True), (1,), [7, 6, 5]),
        (Beside(1, 4, 4, up=True), (1, 4), [7, 6, 5]),
        (Beside(1, 7, 7, up=True), (8,), [7, 6, 5]),
    ],
)
async def test_a_page_neither_repeats_nor_skips(
    visits: MailVisits, mail: FakeImapServer, place: Beside, gone: tuple[int, ...], expected: list[int]
) -> None:
    fill(mail)
    for uid in gone:
        mail.expunge("u1", uid)
    assert await uids(visits, Cursor(1, place)) == expected


async def test_a_cursor_of_another_list_is_refused(visits: MailVisits, mail: FakeImapServer) -> None:
    fill(mail)
    for place in (Beside(2, 6, 5), Beside(1, 6, 5, date=1, folder=1)):
        with pytest.raises(InvalidCursor):
            await uids(visits, Cursor(1, place))


async def test_messages_that_never_come_are_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    fill(mail)
    mail.behave(answer("FETCH"))
    with pytest.raises(IncompleteAnswer):
        await uids(visits, Cursor())


async def test_a_page_of_what_was_found(visits: MailVisits, mail: FakeImapServer) -> None:
    fill(mail)
    async with visits.folder("a", "INBOX", TimeAllowed.after(10)) as folder:
        page = await page_of_found(folder, [1, 3, 5, 7], PageAsked(Cursor(), 3, EVERYTHING))
        assert [each["uid"] for each in page.messages] == [7, 5, 3]
        assert page.older is not None
        rest = await page_of_found(folder, [1, 3, 5, 7, 8], PageAsked(page.older, 3, EVERYTHING))
    assert [each["uid"] for each in rest.messages] == [1]
    assert (page.total, rest.older) == (4, None)
