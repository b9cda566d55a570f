"""A search of all folders by one command, in conversations with a server that offers MULTISEARCH."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.mailboxes.searching.all_folders import at_once
from postroom.mailboxes.searching.all_folders.everywhere import search_all
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import CAPABILITIES, Behaviour, Command, FakeImapServer, Session, answer

UNSEEN = Terms(flags=(("seen", False),))


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    """A server with MULTISEARCH; it notes what the client says."""
    async with FakeImapServer(capabilities=(*CAPABILITIES, "MULTISEARCH")) as server:
        server.append("u1", b"Subject: inbox\r\n\r\n")
        server.append("u1", b"Subject: sent\r\n\r\n", "Sent")
        server.append("u1", b"Subject: seen\r\n\r\n", "Drafts", ["\\Seen"])
        server.append("u1", b"Subject: trash\r\n\r\n", "Trash")
        server.append("u1", b"Subject: junk\r\n\r\n", "Junk")
        yield server


def said(mail: FakeImapServer) -> list[str]:
    names = ("LIST", "ESEARCH", "EXAMINE", "UID SEARCH", "UID FETCH")
    return [each for each in mail.statistics.commands() if each in names]


async def paths(visits: MailVisits, terms: Terms = UNSEEN) -> list[str]:
    found = await search_all(visits, "a", terms, TimeAllowed.after(10))
    assert found.incomplete == ()
    assert found.total == len(found.rows)
    return sorted(found.folders[row.folder].path for row in found.rows)


async def test_one_command_searches_all_but_junk_and_trash(visits: MailVisits, mail: FakeImapServer) -> None:
    raw: list[bytes] = []

    async def noted(session: Session, command: Command) -> None:
        raw.append(command.raw)
        await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"ESEARCH": noted}))
    assert await paths(visits) == ["INBOX", "Sent"]
    assert said(mail) == ["LIST", "ESEARCH", "EXAMINE", "UID FETCH", "EXAMINE", "UID FETCH"]
    assert raw[0].partition(b" ")[2] == b"ESEARCH IN (mailboxes (INBOX Sent Drafts)) RETURN (ALL) UNSEEN"


async def test_nothing_found_opens_no_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("ESEARCH"))
    assert await paths(visits) == []
    assert said(mail) == ["LIST", "ESEARCH"]


@pytest.mark.parametrize("status", ["NO [LIMIT] too many mailboxes", "BAD unknown command"])
async def test_a_server_that_refuses_is_asked_folder_by_folder_and_not_again(
    visits: MailVisits, mail: FakeImapServer, status: str
) -> None:
    mail.behave(answer("ESEARCH", tagged=status))
    assert await paths(visits) == ["INBOX", "Sent"]
    assert await paths(visits) == ["INBOX", "Sent"]
    assert mail.statistics.count("command", "ESEARCH") == 1
    assert mail.statistics.count("command", "UID SEARCH") == 6


async def test_a_server_that_hangs_up_is_asked_folder_by_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    async def die(session: Session, _: Command) -> None:
        session.abort()

    mail.behave(Behaviour(on_command={"ESEARCH": die}))
    assert await paths(visits) == ["INBOX", "Sent"]
    assert mail.statistics.count("command", "ESEARCH") == 1


async def test_a_folder_that_was_numbered_anew_meanwhile_is_searched_itself(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.behave(
        answer("ESEARCH", '* ESEARCH (MAILBOX "Sent" UIDVALIDITY 3) UID ALL 77', "* ESEARCH (MAILBOX INBOX) UID ALL 9")
    )
    assert await paths(visits) == ["INBOX", "Sent"]
    assert mail.statistics.count("command", "UID SEARCH") == 2


async def test_names_that_do_not_fit_into_one_command_take_several(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "_NAMES_OCTETS", 20)
    assert await paths(visits) == ["INBOX", "Sent"]
    assert mail.statistics.count("command", "ESEARCH") == 3


async def test_a_search_in_pieces_is_joined(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login = (*mail.world.capabilities, "OBJECTID")
    folders = mail.world.mailboxes("u1")
    first, last = (f"M{folders[name].messages[0].serial}" for name in ("INBOX", "Sent"))
    unknown = (f"N{each:060}" for each in range(200))
    assert await paths(visits, Terms(email_ids=(first, *unknown, last))) == ["INBOX", "Sent"]
    assert mail.statistics.count("command", "ESEARCH") == 4
    assert mail.statistics.count("command", "UID SEARCH") == 0


async def test_text_beyond_ascii_is_sent_as_utf8(visits: MailVisits, mail: FakeImapServer) -> None:
    raw: list[bytes] = []

    async def noted(session: Session, command: Command) -> None:
        raw.append(command.raw)
        if b"CHARSET" in command.raw:
            await session.tagged(command, "NO", "[BADCHARSET (ISO-8859-1)] no")
        else:
            await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"ESEARCH": noted}))
    await search_all(visits, "a", Terms(texts=(("subject", "grüße"),)), TimeAllowed.after(10))
    assert [each.partition(b"RETURN (ALL) ")[2] for each in raw[:2]] == [
        b"CHARSET UTF-8 SUBJECT {7+}\r\ngr\xc3\xbc\xc3\x9fe",
        b"CHARSET ISO-8859-1 SUBJECT {5+}\r\ngr\xfc\xdfe",
    ]
