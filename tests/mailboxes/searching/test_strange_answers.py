"""Servers that answer a search strangely, and searches with very many results."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import MessagePage, PageAsked
from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.searching.service import Searches
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session

UNSEEN = Terms(flags=(("seen", False),))


def answering(*lines: str) -> Behaviour:
    """A server that answers the caller's search with these lines, and other searches as usual."""

    async def scripted(session: Session, command: Command) -> None:
        if not command.raw.endswith(b"UNSEEN"):
            await session.answer_normally(command)
            return
        for line in lines:
            await session.line(line.replace("(TAG)", f'(TAG "{command.tag}")'))
        await session.tagged(command)

    return Behaviour(on_command={"UID SEARCH": scripted})


async def page_of(visits: MailVisits, size: int = 20) -> MessagePage:
    asked = PageAsked(Cursor(), size, WantedMembers(frozenset({"uid"})))
    return await Searches(visits).in_folder("a", "INBOX", UNSEEN, asked, TimeAllowed.after(30))


def uids(page: MessagePage) -> list[int | None]:
    return [each.get("uid") for each in page.messages]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("* SEARCH 3 1 2 3 1",), [3, 2, 1]),
        (("* SEARCH 3", "* SEARCH", "* SEARCH 1 2"), [3, 2, 1]),
        ((), []),
        (("* ESEARCH (TAG) UID ALL 2:3,1:2",), [3, 2, 1]),
        (('* ESEARCH (TAG "a1") UID ALL 1:3', "* SEARCH 2"), [2]),
        (("* ESEARCH (TAG) UID",), []),
        (("* ESEARCH (TAG) UID ALL 0,x,2,-1",), [2]),
        (("* SEARCH 2 77 4294967295",), [2]),
    ],
)  # fmt: skip
async def test_what_was_found(visits: MailVisits, mail: FakeImapServer, lines: Sequence[str], found: list[int]) -> None:
    for number in range(3):
        mail.append("u1", b"Subject: %d\r\n\r\n" % number)
    mail.behave(answering(*lines))
    assert uids(await page_of(visits)) == found


async def test_more_messages_than_the_folder_has_are_not_believed(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: one\r\n\r\n")
    mail.behave(answering("* ESEARCH (TAG) UID ALL 1:4294967295"))
    with pytest.raises(IncompleteAnswer, match="4294967295 messages in a folder of 1"):
        await page_of(visits)


@pytest.mark.parametrize("kind", ["* SEARCH ", "* ESEARCH (TAG) UID ALL "])
async def test_two_hundred_thousand_are_found(visits: MailVisits, mail: FakeImapServer, kind: str) -> None:
    """Every other UID, so that none of them forms a range."""
    between = "," if "ESEARCH" in kind else " "
    mail.append("u1", b"Subject: one\r\n\r\n")
    mail.mailbox("u1").messages[0].uid = 399_999
    searched = answering(kind + between.join(map(str, range(1, 400_000, 2))))

    async def crowded(session: Session, command: Command) -> None:
        await session.answer_normally(command)
        await session.line("* 200000 EXISTS")

    mail.behave(searched | Behaviour(on_command={"EXAMINE": crowded}))
    page = await page_of(visits, size=1)
    assert (page.total, uids(page)) == (200_000, [399_999])
