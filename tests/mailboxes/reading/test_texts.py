"""Reading the text of a message: what is asked of the server, and what counts as an answer."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mail.message import text_parts
from postroom.mail.shapes import TextObject
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.reading.texts import read_text
from postroom.mailboxes.reading.wishes import TextWish
from postroom.mailboxes.visit import AtMessage, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.hostile_mail import says
from tests.fakes.imap_server import FakeImapServer

PLAIN = BodyPart("1", "text", "plain", size=5)
HTML = BodyPart("2", "text", "html", size=26)
IMAGE = BodyPart("3", "image", "png", size=8, encoding="base64", content_id="<a@x>")
EMPTY = BodyPart("1", "text", "plain", size=0)


def message(*parts: BodyPart) -> FetchData:
    return FetchData(1, 1, size=500, body=BodyPart("TEXT", "multipart", "mixed", parts=parts))


async def read(visits: MailVisits, data: FetchData, wish: TextWish) -> TextObject:
    async with visits.folder("a", "INBOX", TimeAllowed.after(20.0)) as folder:
        assert data.body is not None
        return await read_text(AtMessage(folder, 1), data, text_parts(data.body), wish)


def tells(mail: FakeImapServer, answer: bytes) -> None:
    """The server has one message, and tells this of it."""
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    mail.behave(says("UID FETCH", b"* 1 FETCH (UID 1 " + answer + b")"))


async def test_only_the_part_that_is_needed_is_asked_for(visits: MailVisits, mail: FakeImapServer) -> None:
    tells(mail, b"BODY[1] {5}\r\nwords")
    assert await read(visits, message(PLAIN, HTML), TextWish("plain")) == {"plain": "words", "hasMore": False}


async def test_of_an_empty_part_nothing_is_asked(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"\r\n")
    assert await read(visits, FetchData(1, 1, size=2, body=EMPTY), TextWish("*")) == {"plain": "", "hasMore": False}
    assert mail.statistics.count("command", "UID FETCH") == 0


@pytest.mark.parametrize("answer", [b"BODY[1] NIL", b'BODY[1] ""', b"BODY[9] {5}\r\nwords", b"RFC822.SIZE 500"])
async def test_content_that_does_not_come_is_an_error(visits: MailVisits, mail: FakeImapServer, answer: bytes) -> None:
    tells(mail, answer)
    with pytest.raises(IncompleteAnswer):
        await read(visits, message(PLAIN), TextWish("plain"))


async def test_a_whole_message_that_does_not_come_is_an_error(visits: MailVisits, mail: FakeImapServer) -> None:
    tells(mail, b"BODY[] NIL")
    with pytest.raises(IncompleteAnswer):
        await read(visits, message(), TextWish("plain"))


async def test_a_text_longer_than_allowed_is_read_in_part(visits: MailVisits, mail: FakeImapServer) -> None:
    wish = TextWish("plain", 4)
    tells(mail, b"BODY[1]<0> {%d}\r\n%b" % (wish.limit, b"a" * wish.limit))
    data = message(BodyPart("1", "text", "plain", size=10_000_000))
    assert await read(visits, data, wish) == {"plain": "aaaa", "hasMore": True}


async def test_a_server_that_gives_more_than_it_was_asked_for(visits: MailVisits, mail: FakeImapServer) -> None:
    wish = TextWish("plain")
    tells(mail, b"BODY[1]<0> {%d}\r\n%b" % (wish.limit + 9, b"a" * (wish.limit + 9)))
    shown = await read(visits, message(BodyPart("1", "text", "plain", size=wish.limit + 9)), wish)
    assert (len(shown["plain"]), shown["hasMore"]) == (wish.limit, True)


@pytest.mark.parametrize(
    ("image", "source"), [(b"{8}\r\niVBORw==", "data:image/png;base64,iVBORw=="), (b"NIL", "cid:a@x")]
)
async def test_an_image_is_embedded_or_stays_a_link(
    visits: MailVisits, mail: FakeImapServer, image: bytes, source: str
) -> None:
    html = b'<p><img src="cid:a@x"></p>'
    tells(mail, b"BODY[2] {%d}\r\n%b BODY[3] %b" % (len(html), html, image))
    shown = await read(visits, message(HTML, IMAGE), TextWish("html", embeds_images=True))
    assert shown["html"] == f'<p><img src="{source}"></p>'
