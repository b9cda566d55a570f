"""Which messages a change of many is for, also where the server cannot say which have attachments."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.finding import found_in
from postroom.mailboxes.failures import IncompleteAnswer, MissingExtension, UnsupportedSearchTerm
from postroom.mailboxes.searching import structures
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.mailboxes.changing.at import MAIL, at

TEXT = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1)'
PAPER = '("APPLICATION" "PDF" NIL NIL NIL "BASE64" 8 NIL ("ATTACHMENT" NIL) NIL)'
MIXED = f'({TEXT}{PAPER} "MIXED")'


def with_structures(*told: str) -> Behaviour:
    """A server whose messages 1, 2, … have these structures."""

    async def fetch(session: Session, command: Command) -> None:
        assert session.selected is not None
        for number, message in session.selected.chosen(command.text(0), by_uid=True):
            await session.line(f"* {number} FETCH (UID {message.uid} BODYSTRUCTURE {told[message.uid - 1]})")
        await session.tagged(command)

    return Behaviour(on_command={"UID FETCH": fetch})


async def test_what_a_search_finds(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2):
        mail.append("u1", MAIL % n, flags=["\\Seen"] if n == 2 else [])
    async with at(visits) as folder:
        assert await found_in(folder, Terms(flags=(("seen", True),))) == UidSet.from_iterable((2,))
        assert await found_in(folder, Terms()) == UidSet.beginning(1, 2)
        with pytest.raises(MissingExtension):
            await found_in(folder, Terms(gmail_raw="is:starred"))
        with pytest.raises(UnsupportedSearchTerm):
            await found_in(folder, Terms(either=(Terms(has_attachment=True),)))


async def test_the_structure_of_every_message_decides_on_attachments(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structures, "_AT_ONCE", 2)
    for n in range(1, 6):
        mail.append("u1", b"Content-Type: multipart/mixed\r\n" + MAIL % n)
    mail.behave(with_structures(MIXED, TEXT, TEXT, MIXED, PAPER))
    async with at(visits) as folder:
        assert await found_in(folder, Terms(has_attachment=True)) == UidSet.from_iterable((1, 4, 5))
        assert await found_in(folder, Terms(has_attachment=False)) == UidSet.from_iterable((2, 3))
        some = Terms(sets=(("uid", "3:4"),), has_attachment=True)
        assert await found_in(folder, some) == UidSet.from_iterable((4,))


@pytest.mark.parametrize("has_attachment", [True, False])
async def test_a_message_whose_structure_is_not_told_is_an_error(
    visits: MailVisits, mail: FakeImapServer, has_attachment: bool
) -> None:
    for n in (1, 2):
        mail.append("u1", b"Content-Type: multipart/mixed\r\n" + MAIL % n)
    mail.behave(with_structures(MIXED, "NIL"))
    async with at(visits) as folder:
        with pytest.raises(IncompleteAnswer, match="Nothing was changed"):
            await found_in(folder, Terms(has_attachment=has_attachment))


async def test_an_answer_that_leaves_out_the_messages_is_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("ESEARCH",)

    async def search(session: Session, command: Command) -> None:
        await session.line(f'* ESEARCH (TAG "{command.tag}") UID COUNT 5')
        await session.tagged(command)

    async with at(visits) as folder:
        mail.behave_now(answer("UID SEARCH"))
        assert await found_in(folder, Terms()) == UidSet()
        mail.behave_now(Behaviour(on_command={"UID SEARCH": search}))
        with pytest.raises(SessionFailed):
            await found_in(folder, Terms())
