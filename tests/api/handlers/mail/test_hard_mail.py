"""Mail that is broken, rare or large, as the route of one message shows it: from a real Dovecot."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.read_mail import LiveMailbox, read_text
from tests.fakes.fault_proxy import FaultProxy
from tests.live.dovecot import Dovecot

LETTERS = Path(__file__).parent / "letters"
HEAD = b"From: Ada <ada@example.com>\r\nTo: user@example.com\r\nSubject: trial\r\nMessage-ID: <trial@example.com>\r\n"
USERS: Iterator[int] = count(1)


@pytest.fixture
async def box(client: Client, dovecot: Dovecot) -> LiveMailbox:
    user = f"hard-mail-{next(USERS)}"
    await connect(client, dovecot.port, user)
    return LiveMailbox(client, dovecot, user)


def letter(name: str) -> bytes:
    return (LETTERS / f"{name}.eml").read_bytes()


def text(content: bytes, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> bytes:
    head = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return HEAD + head.encode() + content


def multipart(*parts: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/%b; boundary=b\r\n\r\n%b--b--\r\n" % (
        kind.encode(),
        body,
    )


def attached(kind: bytes, content: bytes, disposition: bytes = b"attachment") -> bytes:
    return b"Content-Type: %b\r\nContent-Disposition: %b\r\nContent-Transfer-Encoding: base64\r\n\r\n%b" % (
        kind,
        disposition,
        base64.encodebytes(content).replace(b"\n", b"\r\n"),
    )


WORDS = b"Content-Type: text/plain; charset=utf-8\r\n\r\nwords\r\n"


# Letters that failed somewhere

LETTER_TEXTS = {
    "koi8-u": "Привіт, їжак і ґанок - усе гаразд",
    "half-width-kana": "明日 ｶﾅ\n",
    "x-gbk": "明天",
    "stray-octet": "Grüße aus Köln, schöne Straße caf\ufffd ok\n",
    "flowed": "This paragraph was wrapped by the sender's program.\n\nSecond.\n",
    "named-alternatives": "plain words",
    "blanks-behind-soft-break": "one line only\nGrüße!\n",
    "type-without-subtype": "words\n",
}


@pytest.mark.parametrize("name", LETTER_TEXTS)
async def test_the_plain_text_of_a_letter(box: LiveMailbox, name: str) -> None:
    message = await box.told(letter(name))
    assert message["text"]["plain"] == LETTER_TEXTS[name]
    assert message["text"]["hasMore"] is False
    assert "attachments" not in message
    same = await read_text(box.client, message["text"]["id"])
    assert same.body["plain"] == LETTER_TEXTS[name]


async def test_a_list_that_puts_its_footer_behind_base64(box: LiveMailbox) -> None:
    message = await box.told(letter("base64-with-footer"))
    assert message["text"]["plain"].startswith("Grüße aus Köln, schöne Straße!\n")


async def test_html_that_declares_its_charset_itself(box: LiveMailbox) -> None:
    message = await box.told(letter("charset-in-meta"))
    assert "<p>Привет</p>" in message["text"]["html"]
    assert "Привет" in message["text"]["plain"]


async def test_alternatives_with_names_are_the_text(box: LiveMailbox) -> None:
    message = await box.told(letter("named-alternatives"))
    assert message["text"]["html"] == "<p>html words</p>"


async def test_encoded_words_with_eight_bit_characters(box: LiveMailbox) -> None:
    message = await box.told(letter("eight-bit-in-words"))
    assert message["subject"] == "Schöne Grüße"
    assert message["to"] == [{"name": "Jörg Müller", "address": "jm@example.com"}]
    assert message["headers"]["subject"] == ["Schöne Grüße"]


async def test_a_list_of_addresses_that_begins_with_a_comma(box: LiveMailbox) -> None:
    message = await box.told(letter("comma-first"))
    assert [each["address"] for each in message["to"]] == ["ada2@example.com", "bob@example.com"]


# Charsets

CHARSETS = {
    "UTF-7": (b"Hi Mom +Jjo-!\r\n", "utf-7", "Hi Mom \u263a!\n"),
    "ISO-2022-JP": ("日本語\r\n".encode("iso2022_jp"), "ISO-2022-JP", "日本語\n"),
    "GB18030": ("漢字 € 㐀\r\n".encode("gb18030"), "GB18030", "漢字 € 㐀\n"),
    "KS_C_5601": ("안녕\r\n".encode("euc_kr"), "ks_c_5601-1987", "안녕\n"),
    "undeclared": (b"Gr\xfc\xdfe \x84so\x93 \x80\r\n", "", "Grüße „so“ €\n"),
}


@pytest.mark.parametrize("name", CHARSETS)
async def test_charsets(box: LiveMailbox, name: str) -> None:
    content, label, expected = CHARSETS[name]
    message = await box.told(text(content, f"text/plain; charset={label}" if label else "text/plain"))
    assert message["text"]["plain"] == expected


async def test_flowed_text_whose_soft_breaks_end_in_no_space(box: LiveMailbox) -> None:
    message = await box.told(text("日本 \r\n語\r\n".encode(), "text/plain; charset=utf-8; format=flowed; delsp=yes"))
    assert message["text"]["plain"] == "日本語\n"


# Headers


async def test_broken_encoded_words(box: LiveMailbox) -> None:
    sender = b"From: =?utf-8?q?J=C3=B6rg M=C3=BCller?= <j@example.com>\r\n"
    subject = b"Subject: =?UTF-8?B?R3LDvMOfZQ?= =?utf-8?q?=20aus_K=C3?=\r\n =?utf-8?q?=B6ln?=\r\n"
    message = await box.told(sender + subject + b"\r\nwords\r\n")
    assert message["subject"] == "Grüße aus Köln"
    assert message["from"] == {"name": "Jörg Müller", "address": "j@example.com"}


async def test_headers_in_eight_bit_and_more_than_once(box: LiveMailbox) -> None:
    raw = b"From: \xc4da <ada@example.com>\r\nSubject: Gr\xc3\xbc\xc3\x9fe\r\nReceived: one\r\nReceived: two\r\n"
    raw += b"X-Long: a\r\n b\r\nSubject: second\r\n\r\nwords\r\n"
    message = await box.told(raw)
    assert message["from"] == {"name": "Äda", "address": "ada@example.com"}
    assert message["headers"]["received"] == ["one", "two"]
    assert message["headers"]["subject"] == ["Grüße", "second"]
    assert message["headers"]["x-long"] == ["a b"]
    assert message["headers"]["from"] == ["Äda <ada@example.com>"]


async def test_without_a_date_the_time_of_arrival_counts(box: LiveMailbox) -> None:
    message = await box.told(HEAD + b"\r\nwords\r\n")
    assert message["date"].endswith("Z")
    assert "date" not in message["headers"]


async def test_groups_of_addresses(box: LiveMailbox) -> None:
    raw = b"To: Friends: a@example.com, B <b@example.com>;, c@example.com\r\nCc: undisclosed-recipients:;\r\n\r\nx\r\n"
    message = await box.told(raw)
    assert [each["address"] for each in message["to"]] == ["a@example.com", "b@example.com", "c@example.com"]
    assert message.get("cc", []) == []


async def test_sender_reply_to_and_bcc(box: LiveMailbox) -> None:
    raw = b"Sender: S <s@example.com>\r\nReply-To: r@example.com\r\nBcc: b@example.com\r\n" + HEAD + b"\r\nwords\r\n"
    message = await box.told(raw)
    assert message["sender"] == {"name": "S", "address": "s@example.com"}
    assert message["replyTo"] == [{"name": "", "address": "r@example.com"}]
    assert message["bcc"] == [{"name": "", "address": "b@example.com"}]
    assert message["specialUse"] == "\\Inbox"


# Parts


async def test_file_names_in_pieces_and_with_a_charset(box: LiveMailbox) -> None:
    """RFC 2231: continuations and charset; and an encoded word where none belongs."""
    pieces = b"attachment; filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe%20; filename*2=\"2026.pdf\""
    word = b'application/pdf; name="=?iso-8859-1?Q?Stra=DFe.pdf?="'
    message = await box.told(
        multipart(
            WORDS,
            attached(b"application/pdf", b"%PDF", pieces),
            attached(b"application/pdf", b"%PDF", b"attachment; filename*=iso-8859-1'de'K%F6ln.pdf"),
            attached(word, b"%PDF"),
        )
    )
    assert [each["filename"] for each in message["attachments"]] == ["Grüße 2026.pdf", "Köln.pdf", "Straße.pdf"]


async def test_a_message_within_a_message_within_a_message(box: LiveMailbox) -> None:
    inner = multipart(WORDS, b"Content-Type: message/rfc822\r\n\r\n" + text(b"innermost\r\n"))
    message = await box.told(multipart(WORDS, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert message["text"]["plain"] == "words\n"
    assert [each["contentType"] for each in message["attachments"]] == ["message/rfc822"]


async def test_winmail_dat_is_an_attachment(box: LiveMailbox) -> None:
    part = attached(b'application/ms-tnef; name="winmail.dat"', b"\x78\x9f\x3e\x22rest")
    (shown,) = (await box.told(multipart(WORDS, part)))["attachments"]
    assert (shown["filename"], shown["contentType"]) == ("winmail.dat", "application/ms-tnef")


async def test_an_invitation_says_its_method(box: LiveMailbox) -> None:
    invitation = (
        b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    )
    message = await box.told(multipart(WORDS, invitation, kind="alternative"))
    assert message["text"]["plain"] == "words\n"
    assert [(each["contentType"], each["method"]) for each in message["attachments"]] == [("text/calendar", "REQUEST")]


async def test_an_empty_message(box: LiveMailbox) -> None:
    message = await box.told(b"\r\n")
    assert message["text"]["plain"] == ""
    assert (message["subject"], message["to"], message["headers"]) == ("", [], {})


async def test_a_message_without_a_body(box: LiveMailbox) -> None:
    message = await box.told(HEAD + b"\r\n")
    assert (message["text"]["plain"], message["text"]["hasMore"]) == ("", False)


async def test_five_hundred_levels_of_parts(box: LiveMailbox) -> None:
    part = b"Content-Type: text/plain\r\n\r\nlevel %d\r\n"
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" + part + b"--b%d\r\n"
    raw = b"Subject: deep\r\n" + b"".join(level % (n, n, n, n) for n in range(500))
    message = await box.told(raw + b"Content-Type: text/plain\r\n\r\ndeep\r\n")
    assert message["subject"] == "deep"
    assert message["text"]["plain"].startswith("level 0\nlevel 1\n")
    assert message["text"]["hasMore"] is True or "level 90" in message["text"]["plain"]


async def test_five_hundred_parts_side_by_side(box: LiveMailbox) -> None:
    message = await box.told(multipart(*(b"Content-Type: text/plain\r\n\r\nword %d" % n for n in range(500))))
    assert message["text"]["plain"].split("\n")[:2] == ["word 0", "word 1"]
    assert len(message["text"]["plain"].split("\n")) == 100
    assert message["text"]["hasMore"] is True
    again = await read_text(box.client, message["text"]["id"])
    assert again.body["hasMore"] is True


async def test_a_boundary_that_never_comes(box: LiveMailbox) -> None:
    message = await box.told(HEAD + b"Content-Type: multipart/mixed; boundary=never\r\n\r\nwords\r\n")
    assert message["text"]["plain"] == "words\n"


@pytest.mark.long
async def test_of_a_large_attachment_nothing_is_read(client: Client, dovecot: Dovecot) -> None:
    part = b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=big.zip\r\n"
    part += b"Content-Transfer-Encoding: base64\r\n\r\n" + (b"A" * 76 + b"\r\n") * (60_000_000 // 78)
    async with FaultProxy(dovecot.host, dovecot.port) as proxy:
        user = f"hard-mail-{next(USERS)}"
        await connect(client, proxy.port, user)
        box = LiveMailbox(client, dovecot, user)
        message = await box.told(multipart(WORDS, part), webSafeHtml=True)
        octets = proxy.forwarded["to_client"]
    assert message["text"]["plain"] == "words\n"
    assert message["attachments"][0]["encodedSize"] > 59_000_000
    assert octets < 100_000
