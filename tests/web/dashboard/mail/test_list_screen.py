"""The list of messages: folders, pages, searches, and why there is nothing to show."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.storage.tables import accounts as table
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.mail import list_screen
from postroom.web.dashboard.mail.wish import PAGE_SIZE
from tests.fakes.imap_server import FakeImapServer
from tests.web.dashboard.mail.conftest import ACCOUNT, REAL, Deliver
from tests.web.dashboard.visits import HOSTILE, text_of, visit


async def shown(desk: Desk, status: int = 200, **query: str) -> str:
    answer = await list_screen.show(desk, visit(query=query, account=ACCOUNT))
    assert answer.status_code == status
    return text_of(answer)


async def test_folders_and_messages_are_listed_newest_first(desk: Desk, mail: FakeImapServer) -> None:
    mail.append("u1", b"From: Ada <ada@example.test>\r\nSubject: Older\r\n\r\nx", flags=["\\Seen"])
    mail.append("u1", b"From: bo@example.test\r\nSubject: Newer\r\n\r\nx")
    text = await shown(desk)
    assert text.index("Newer") < text.index("Older")
    assert text.count("Unread: ") == 1
    assert "2 messages" in text
    assert 'href="/dashboard/accounts/a%2Fb/mail?path=Sent"' in text
    assert '<option value="INBOX" selected>' in text


async def test_pages_lead_on_and_back(desk: Desk, mail: FakeImapServer) -> None:
    for n in range(PAGE_SIZE + 1):
        mail.append("u1", f"Subject: number {n}.\r\n\r\nx".encode())
    text = await shown(desk)
    assert "number 0." not in text
    assert 'rel="next"' in text
    assert 'rel="prev"' not in text
    cursor = text.partition("cursor=")[2].partition('"')[0]
    text = await shown(desk, cursor=cursor)
    assert "number 0." in text
    assert 'rel="prev"' in text


async def test_words_are_searched_for(desk: Desk, deliver: Deliver) -> None:
    async def found(words: str) -> str:
        return text_of(await list_screen.show(desk, visit(query={"search": words}, account=REAL)))

    await deliver(b"Subject: Apples and plums\r\n\r\nfresh")
    await deliver(b"Subject: Apples\r\n\r\nold")
    text = await found("fresh apples")
    assert "Apples and plums" in text
    assert "1 message<" in text
    assert "No message has these words" in await found("pears")


async def test_sent_mail_shows_whom_it_went_to(desk: Desk, mail: FakeImapServer) -> None:
    mail.append("u1", b"From: me@example.test\r\nTo: you@example.test\r\nSubject: s\r\n\r\nx", "Sent")
    text = await shown(desk, path="Sent")
    assert "you@example.test" in text
    assert "me@example.test" not in text


async def test_hostile_words_stay_words(desk: Desk, mail: FakeImapServer) -> None:
    mail.append("u1", f'From: "{HOSTILE[3:]}" <e@example.test>\r\nSubject: {HOSTILE}\r\n\r\nx'.encode())
    for text in (await shown(desk, search="x"), await shown(desk, 404, path=HOSTILE)):
        assert "<script>alert" not in text
        assert "<img src=x" not in text


async def test_a_folder_that_is_gone_leaves_the_others(desk: Desk) -> None:
    text = await shown(desk, 404, path="Gone")
    assert "This folder cannot be opened" in text
    assert 'href="/dashboard/accounts/a%2Fb/mail?path=Sent"' in text


@pytest.mark.parametrize("query", [{"cursor": "9" * 5000}, {"cursor": "nonsense"}])
async def test_a_cursor_that_is_none_leads_to_the_first_page(desk: Desk, query: dict[str, str]) -> None:
    text = await shown(desk, 400, **query)
    assert "Begin with the first page." in text


async def test_a_number_of_5000_digits_is_a_page_without_messages(desk: Desk) -> None:
    assert "There is no message here" in await shown(desk, page="9" * 5000)


async def test_an_account_that_is_not_connected_says_so(desk: Desk) -> None:
    await desk.accounts.db.write(lambda conn: conn.execute(table.update().values(state="authenticationError")) and None)
    text = await shown(desk, 503)
    assert "The account is not connected" in text
    assert "The server refuses the sign-in" in text
    assert 'action="/dashboard/accounts/a%2Fb/diagnosis"' in text


async def test_a_server_that_is_away_is_named(desk: Desk, mail: FakeImapServer) -> None:
    await mail.stop()
    text = await shown(desk, 503)
    assert "The mail server cannot be used now" in text


async def test_an_unknown_account_is_not_found(desk: Desk) -> None:
    with pytest.raises(AccountNotFound):
        await list_screen.show(desk, visit(account="nobody"))
