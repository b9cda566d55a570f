"""What of a message's content an event carries, from real servers and from broken ones."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any, cast

import pytest
import pytest_asyncio

from postroom.configuration.keys import Snapshot
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.mail.contents import (
    FIELDS_ALWAYS_READ,
    Section,
    Wanted,
    decoded,
    fill,
    groups,
    headers,
    read_parts,
    read_whole,
    sections,
)
from postroom.mail.limits import MOST_ATTACHED, MOST_TEXT_PARTS
from postroom.mail.shapes import MessageObject
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot
from tests.sync.live_account import LiveAccount, live_account

WANTED = Wanted(text=True, text_size=1000, headers=(), attachments=False, attachment_size=100)


def part(section: str, content_type: str, **more: Any) -> BodyPart:
    kind, subtype = content_type.split("/")
    return BodyPart(section, kind, subtype, **more)


def so_far(**fields: Any) -> MessageObject:
    """A message object with these fields alone: nothing else of it is read."""
    return cast("MessageObject", fields)


PLAIN = part("1", "text/plain", size=10, encoding="quoted-printable", params={"charset": "utf-8"})
IMAGE = part("2", "image/png", size=120, encoding="base64", disposition="attachment")
MIXED = FetchData(1, 7, body=part("TEXT", "multipart/mixed", parts=(PLAIN, IMAGE)), size=300)


# What is fetched


def test_only_what_is_wanted_is_fetched() -> None:
    assert sections(MIXED, WANTED) == (Section("1", None, 10),)
    assert sections(MIXED, replace(WANTED, text=False)) == ()
    assert sections(MIXED, replace(WANTED, attachments=True)) == (Section("1", None, 10), Section("2", None, 120))
    assert sections(MIXED, replace(WANTED, text=False, attachments=True, attachment_size=80)) == ()


def test_of_a_long_text_only_the_beginning_is_fetched() -> None:
    long = FetchData(1, 7, body=replace(PLAIN, size=10_000), size=10_000)
    (section,) = sections(long, WANTED)
    assert (section.item, section.key, section.size) == ("BODY.PEEK[1]<0.4000>", "1<0>", 4000)


def test_a_message_without_a_usable_structure_is_fetched_whole() -> None:
    (section,) = sections(FetchData(1, 7, size=500), WANTED)
    assert (section.item, section.key) == ("BODY.PEEK[]", "")


def test_messages_are_grouped_by_what_they_weigh() -> None:
    found = [
        [data.uid for data, _ in group] for group in groups([replace(MIXED, uid=uid) for uid in range(5)], WANTED, 25)
    ]
    assert found == [[0, 1], [2, 3], [4]]


# What is made of it


def test_texts_and_attachments_of_a_message() -> None:
    message = so_far(text={"id": "x"}, attachments=[{"id": "y"}])
    fill(message, MIXED, {"1": b"Gr=C3=BC=C3=9Fe", "2": base64.b64encode(b"png")}, replace(WANTED, attachments=True))
    assert message["text"] == {"id": "x", "plain": "Grüße", "hasMore": False}
    assert base64.b64decode(message["attachments"][0]["content"]) == b"png"


def test_content_that_ends_before_the_limit_is_whole_whatever_size_the_server_announced() -> None:
    part = BodyPart("1", "text", "plain", size=40)
    message = FetchData(1, 1, size=40)
    for content, limit, is_cut in ((b"words", 50, False), (b"words", 5, True), (b"words", 4, True)):
        assert read_parts({"plain": [part]}, {"1": content}, limit).is_cut is is_cut
        assert read_whole(message, {"": content}, limit).is_cut is is_cut
    assert read_parts({"plain": [part]}, {}, 50).is_cut
    assert read_whole(message, {}, 50).is_cut


def test_a_text_is_cut_at_the_size_that_is_set() -> None:
    message = so_far()
    fill(message, FetchData(1, 7, body=PLAIN), {"1": b"0123456789"}, replace(WANTED, text_size=4))
    assert message["text"] == {"plain": "0123", "hasMore": True}
    fill(message, FetchData(1, 7, body=PLAIN), {"1": b"0123456789"}, WANTED)
    assert message["text"] == {"plain": "0123456789", "hasMore": False}


def test_plain_text_is_made_of_html_as_in_answers() -> None:
    html = BodyPart("2", "text", "html", size=20)
    both = FetchData(1, 7, body=BodyPart("TEXT", "multipart", "alternative", parts=(replace(PLAIN, size=3), html)))
    for blank in (b"", b" \r\n", b"\xc2\xa0\n"):
        message = so_far()
        fill(message, both, {"1": blank, "2": b"<p>Offer</p>"}, WANTED)
        assert message["text"]["plain"] == "Offer"
        assert message["text"]["html"] == "<p>Offer</p>"
    alone = so_far()
    fill(
        alone,
        FetchData(1, 7, body=replace(html, section="1")),
        {"1": b"<p>Of" + b"f" * 100},
        replace(WANTED, text_size=50),
    )
    assert alone["text"]["plain"] == "Of" + "f" * 48
    assert alone["text"]["hasMore"]


def test_a_section_that_did_not_come_is_left_out() -> None:
    message = so_far()
    fill(message, MIXED, {}, WANTED)
    assert message == so_far(text={"hasMore": True})


def test_headers_by_name_or_all() -> None:
    block = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nReceived: a\r\nReceived: b\r\n\r\n"
    data = FetchData(1, 7, sections={"HEADER<0>": block})
    assert headers(data, WANTED) is None
    assert headers(data, replace(WANTED, headers=("SUBJECT", "X-None"))) == {"subject": ["Grüße"]}
    assert headers(data, replace(WANTED, headers=("*",))) == {"subject": ["Grüße"], "received": ["a", "b"]}
    assert headers(data, replace(WANTED, headers=("bad name)",))) is None


def test_the_headers_to_fetch() -> None:
    always = " ".join(FIELDS_ALWAYS_READ)
    bare = f"BODY.PEEK[HEADER.FIELDS ({always})]<0.16384>"
    assert WANTED.header_item == replace(WANTED, headers=("bad name)",)).header_item == bare
    more = replace(WANTED, headers=("List-Id", "precedence"))
    assert more.header_item == f"BODY.PEEK[HEADER.FIELDS ({always} LIST-ID)]<0.262144>"
    assert replace(WANTED, headers=("List-Id", "*")).header_item == "BODY.PEEK[HEADER]<0.262144>"


# From a real server

ALL = Snapshot("secret", notify_headers=("*",), notify_attachments=True, notify_attachment_size=1000)


@pytest_asyncio.fixture
async def account(dovecot: Dovecot, sqlite_url: str, request: pytest.FixtureRequest) -> AsyncIterator[LiveAccount]:
    async with live_account(sqlite_url, dovecot, f"contents-{request.node.name.replace('[', '-').strip(']')}") as made:
        made.settings = ALL
        yield made


async def announced(account: LiveAccount, dovecot: Dovecot, *raws: bytes) -> list[dict[str, Any]]:
    for raw in raws:
        dovecot.deliver(account.user, raw)
    async with account.connected():
        return [each["data"] for each in await account.events("messageNew")]


async def test_a_whole_letter(account: LiveAccount, dovecot: Dovecot) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Ännchen <a@example.test>", "b@example.test", "Grüße"
    letter["X-Own"] = "value"
    letter.set_content("Grüße\n", charset="iso-8859-1")
    letter.add_alternative("<p>Grüße</p>\n", subtype="html")
    letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="bild.png")
    letter.add_attachment(b"x" * 5000, maintype="application", subtype="zip", filename="big.zip")
    (message,) = await announced(account, dovecot, letter.as_bytes())
    assert message["text"]["plain"] == "Grüße\n"
    assert message["text"]["html"] == "<p>Grüße</p>\n"
    assert message["text"]["hasMore"] is False
    small, big = message["attachments"]
    assert (small["filename"], base64.b64decode(small["content"])) == ("bild.png", b"\x89PNG")
    assert big["filename"] == "big.zip"
    assert "content" not in big
    assert message["headers"]["x-own"] == ["value"]
    assert message["from"] == {"name": "Ännchen", "address": "a@example.test"}
    assert message["unseen"] is True


BROKEN = {
    "no header at all": b"\r\n",
    "nothing but a body": b"\r\nhello\r\n",
    "octets in headers": b"From: \xff\xfe <\xe4@x>\r\nSubject: Gr\xfc\xdfe\r\nDate: yesterday\r\n\r\nhello\r\n",
    "addresses that are none": b"From: <>\r\nTo: ,,;\r\nCc: undisclosed-recipients:;\r\nSubject:\r\n\r\nhello\r\n",
    "unknown charset and encoding": b"Content-Type: text/plain; charset=no-such\r\n"
    b"Content-Transfer-Encoding: strange\r\n\r\n\xff\xfe\x00hello\r\n",
    "a header of a megabyte": b"Subject: " + b"x" * 2**20 + b"\r\n\r\nhello\r\n",
    "ten thousand recipients": b"To: "
    + b",\r\n ".join(b"u%d@example.test" % n for n in range(10_000))
    + b"\r\n\r\nhi\r\n",
    "nested five hundred deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(500)
    )
    + b"Content-Type: text/plain\r\n\r\ndeep\r\n",
    "a boundary that never comes": b"Content-Type: multipart/mixed; boundary=never\r\n\r\nhello\r\n",
    "the same boundary twice": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n",
    "base64 that is none": b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n<p>&hello=\r\n",
}


async def test_broken_mail_is_announced_with_what_could_be_read(account: LiveAccount, dovecot: Dovecot) -> None:
    messages = await announced(account, dovecot, *BROKEN.values())
    assert [message["uid"] for message in messages] == list(range(1, len(BROKEN) + 1))
    told = dict(zip(BROKEN, messages, strict=True))
    assert told["octets in headers"]["subject"] == "Grüße"
    assert told["octets in headers"]["text"]["plain"] == "hello\n"
    assert told["unknown charset and encoding"]["text"]["plain"].endswith("hello\n")
    assert len(told["ten thousand recipients"]["to"]) > 100
    assert told["nothing but a body"]["subject"] == ""


async def test_a_server_without_a_usable_structure_loses_no_text(sqlite_url: str) -> None:
    letter = b"Subject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdfe\r\n"
    async with FakeImapServer() as mail, live_account(sqlite_url, mail) as account:
        account.settings = replace(ALL, notify_attachments=False)
        mail.append("u", letter)
        mail.mailbox("u").messages[0].content = letter

        def no_structure(_content: bytes) -> str:
            return "NIL"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.fakes.imap.messages._structure", no_structure)
            async with account.connected():
                (event,) = await account.events("messageNew")
    assert event["data"]["text"] == {"plain": "Grüße\n", "hasMore": False}


# Servers that give more than they are asked for


def test_more_than_was_asked_for_is_cut_before_it_is_read() -> None:
    wanted = replace(WANTED, headers=("*",), attachments=True)
    message = so_far(attachments=[{}])
    fill(message, MIXED, {"1": b"a" * 99_999, "2": b"QUJD" * 99_999}, wanted)
    assert (len(message["text"]["plain"]), message["text"]["hasMore"]) == (1000, True)
    assert len(base64.b64decode(message["attachments"][0]["content"])) == 90
    block = b"X-A: a\r\n" * 200_000
    told = headers(replace(MIXED, sections={"HEADER<0>": block}), wanted)
    assert told is not None
    assert len(told["x-a"]) < 33_000


def test_of_many_texts_no_more_are_fetched_than_an_event_carries() -> None:
    texts = tuple(part(str(number), "text/plain", size=1) for number in range(1, 200))
    data = FetchData(1, 7, body=part("TEXT", "multipart/mixed", parts=texts), size=300)
    assert len(sections(data, WANTED)) == MOST_TEXT_PARTS
    message = so_far()
    fill(message, data, {str(number): b"x" for number in range(1, 200)}, WANTED)
    assert len(message["text"]["plain"].split("\n")) == MOST_TEXT_PARTS
    assert message["text"]["hasMore"] is True


def test_large_texts_and_attachments_of_one_message_share_a_budget() -> None:
    """Each for itself is small enough; a message may hold thousands of them."""
    texts = tuple(part(str(number), "text/plain", size=4000) for number in range(1, 99))
    images = tuple(part(f"9.{number}", "image/png", size=MOST_ATTACHED // 4, encoding="base64") for number in range(99))
    data = FetchData(1, 7, body=part("TEXT", "multipart/mixed", parts=(*texts, *images)), size=300)
    wanted = replace(WANTED, attachments=True, attachment_size=MOST_ATTACHED)
    asked = [each.name for each in sections(data, wanted)]
    assert asked == ["1", "9.0", "9.1", "9.2", "9.3"]


def test_a_part_without_its_transfer_encoding() -> None:
    part = BodyPart("2", "image", "png", size=8, encoding="base64")
    assert decoded(part, b"aGVsbG8=") == b"hello"
    assert decoded(part, None) == b""
