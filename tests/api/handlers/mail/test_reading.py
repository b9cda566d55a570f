"""GET …/message/{message} and …/text/{text}: parameters, rights and errors, at a real Dovecot where it matters."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from email.message import EmailMessage
from itertools import count

import pytest

from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.read_mail import LiveMailbox, id_of, read, read_text
from tests.fakes.imap_server import FakeImapServer, answer, never_answer
from tests.live.dovecot import Dovecot

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
USERS: Iterator[int] = count(1)


@pytest.fixture
async def box(client: Client, dovecot: Dovecot) -> LiveMailbox:
    user = f"reading-{next(USERS)}"
    await connect(client, dovecot.port, user)
    return LiveMailbox(client, dovecot, user)


def page(image: bytes = PNG) -> bytes:
    letter = EmailMessage()
    letter["Subject"] = "page"
    letter.set_content("Grüße\n")
    letter.add_alternative('<p onclick="x()">Grüße <img src="cid:a@x"></p><script>x()</script>\n', subtype="html")
    html = letter.get_payload(1)
    assert isinstance(html, EmailMessage)
    html.add_related(image, maintype="image", subtype="png", cid="<a@x>")
    return letter.as_bytes()


async def test_no_text_without_text_type_and_nothing_is_marked(box: LiveMailbox) -> None:
    id_ = await box.put(page())
    shown = (await read(box.client, id_)).body
    assert set(shown["text"]) == {"id", "encodedSize"}
    assert (shown["unseen"], shown["id"]) == (True, id_)
    assert "Seen" not in box.flags(1)
    text = (await read(box.client, id_, textType="*")).body["text"]
    assert text["plain"] == "Grüße\n"
    assert "<script>" in text["html"]
    assert "webSafe" not in text
    assert "Seen" not in box.flags(1)


async def test_safe_html_is_a_shorthand(box: LiveMailbox) -> None:
    id_ = await box.put(page())
    text = (await read(box.client, id_, webSafeHtml="true")).body["text"]
    assert text["plain"] == "Grüße\n"
    assert URL in text["html"]
    assert text["webSafe"] is True
    assert "script" not in text["html"]
    assert "onclick" not in text["html"]
    linked = (await read(box.client, id_, webSafeHtml="true", embedAttachedImages="false")).body["text"]
    assert URL not in linked["html"]
    source = (await read(box.client, id_, webSafeHtml="true", preProcessHtml="false", textType="html")).body["text"]
    assert URL in source["html"]
    assert "<script>" in source["html"]
    assert not {"webSafe", "plain"} & set(source)
    same = (await read_text(box.client, text["id"], webSafeHtml="true")).body
    assert (same["html"], same["webSafe"]) == (text["html"], True)


async def test_an_image_that_is_too_large_stays_an_attachment(box: LiveMailbox) -> None:
    shown = await box.told(page(PNG * 50_000), textType="html", embedAttachedImages="true")
    assert 'src="cid:a@x"' in shown["text"]["html"]
    (image,) = shown["attachments"]
    assert (image["contentId"], image["embedded"]) == ("<a@x>", True)


async def test_a_text_is_cut_at_a_character(box: LiveMailbox) -> None:
    id_ = await box.put(page())
    text = (await read(box.client, id_, textType="plain", maxBytes=3)).body["text"]
    assert (text["plain"], text["hasMore"]) == ("Gr", True)
    assert (await read(box.client, id_, textType="plain", maxBytes=0)).body["text"]["hasMore"] is False


async def test_what_the_sender_wrote(box: LiveMailbox) -> None:
    raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\nIt is paid.\r\n\r\nOn Mon, Bob wrote:\r\n> Please pay.\r\n"
    text = (await box.told(raw, textType="new"))["text"]
    assert text["new"].strip() == "It is paid."
    assert "> Please pay." in text["quoted"]
    assert (text["signature"], text["hasMore"]) == ("", False)


async def test_a_message_is_marked_as_seen(box: LiveMailbox) -> None:
    id_ = await box.put(page())
    shown = (await read(box.client, id_, markAsSeen="true")).body
    assert shown["flags"] == ["\\Seen"]
    assert "unseen" not in shown
    assert "\\Seen" in box.flags(1)


async def test_a_token_that_may_only_read_cannot_mark(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    id_ = await id_of(mailed, 1)
    permissions = {"actions": ["read"], "groups": ["message"]}
    issued = await mailed.post(
        "/v1/tokens", {"description": "reader", "scopes": ["api"], "account": "a", "permissions": permissions}
    )
    reader = mailed.as_(issued.body["token"])
    assert (await read(reader, id_, textType="*")).body["text"]["plain"] == "words"
    refused = await read(reader, id_, markAsSeen="true")
    assert (refused.status, refused.body["code"]) == (403, "AccessDenied")
    assert mail.mailbox("u1").messages[0].flags == set()


async def test_the_operator_may_drop_images_on_the_web(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: x\r\n\r\nhttps://example.com")
    shown = await read(mailed, await id_of(mailed, 1), webSafeHtml="true")
    assert 'href="https://example.com' in shown.body["text"]["html"]
    assert mailed.api.settings.remote_images == "keep"


async def test_errors(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    id_ = await id_of(mailed, 1)
    for path in ("message/none", f"text/{id_}", "text/none"):
        malformed = await mailed.get(f"/v1/account/a/{path}")
        assert (malformed.status, malformed.body["code"]) == (400, "InvalidId")
    gone = await read(mailed, await id_of(mailed, 2))
    assert (gone.status, gone.body["code"]) == (404, "MessageNotFound")
    assert (await mailed.get(f"/v1/account/b/message/{id_}")).body["code"] == "AccountNotFound"
    assert (await read(mailed, id_, documentStore="true")).status == 200
    both = await mailed.problems("GET", f"/v1/account/a/message/{id_}?textType=all&maxBytes=-1", None)
    assert set(both) == {"textType", "maxBytes"}


async def test_a_server_that_refuses_or_says_nothing(mailed: Client, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: x\r\n\r\nwords")
    id_ = await id_of(mailed, 1)
    mail.behave_now(answer("UID FETCH", tagged="NO [UNAVAILABLE] Not now"))
    refused = await read(mailed, id_)
    assert (refused.status, refused.body["code"], refused.body["info"]) == (502, "UNAVAILABLE", {"response": "Not now"})
    mail.behave_now(answer("UID FETCH"))
    incomplete = await read(mailed, id_, textType="*")
    assert (incomplete.status, incomplete.body["code"]) == (502, "IncompleteAnswer")
    mail.behave_now(never_answer("UID FETCH"))
    late = await mailed.get(f"/v1/account/a/message/{id_}", headers={"X-EE-Timeout": "200"})
    assert (late.status, late.body["ttl"]) == (504, 200)
