"""Uploads of hard values at a real Dovecot: what is read back by another parser is what was meant."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.handlers.mail.test_uploads import PATH, in_base64, stored
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot

EVIL = "a\r\nBcc: x@y.example\r\n\r\nbody"
FLAT = "a Bcc: x@y.example body"


async def upload(real: Client, **fields: Any) -> Any:
    done = await real.post(PATH, {"path": "INBOX", **fields})
    assert done.status == 200, done.text
    return done.body


async def test_no_value_becomes_another_field(real: Client, dovecot: Dovecot, user: str) -> None:
    person = {"name": EVIL, "address": "jo@example.com"}
    done = await upload(
        real,
        **{"from": person},
        to=[person],
        replyTo=[person],
        subject=EVIL,
        text=EVIL,
        attachments=[{"filename": EVIL, "content": ""}],
    )
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    assert [part.defects for part in message.walk() if part.defects] == []
    assert (message["bcc"], str(message["subject"])) == (None, FLAT)
    for name in ("from", "to", "reply-to"):
        (found,) = message[name].addresses
        assert (found.display_name, found.addr_spec) == (FLAT, "jo@example.com")
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == (FLAT, b"")
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == EVIL.split()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("undisclosed-recipients:;", []),
        ("Friends: a@b.example, Bo <c@d.example>;", ["a@b.example", "c@d.example"]),
        ('"Doe, Jo" <jo@bücher.example>,\r\n x@y.example', ["jo@xn--bcher-kva.example", "x@y.example"]),
        ({"name": "Jö", "address": '"two words"@b.example'}, ['"two words"@b.example']),
        ([{"address": "a@[127.0.0.1]"}], ["a@[127.0.0.1]"]),
    ],
)
async def test_addresses_in_the_forms_that_people_send(
    real: Client, dovecot: Dovecot, user: str, sent: Any, expected: list[str]
) -> None:
    done = await upload(real, to=sent, text="x")
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    found = message["to"].addresses if message["to"] is not None else ()
    assert [each.addr_spec for each in found] == expected


@pytest.mark.parametrize(
    "text", ["x" * 5000, "ü" * 5000, "From me\n.\n..\n-- \nme", "a  \n\tb\t\n", "--=_0--\n\x0c\x1b\x7f", "🙂\n" * 300]
)
async def test_texts_come_through(real: Client, dovecot: Dovecot, user: str, text: str) -> None:
    done = await upload(real, text=text, html=f"<p>{text}</p>")
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    for kind, expected in (("plain", text), ("html", f"<p>{text}</p>")):
        part = message.get_body((kind,))
        assert part is not None
        assert part.get_content().replace("\r\n", "\n").rstrip("\n") == expected.rstrip("\n")
    read = await real.get(f"{PATH}/{done['id']}?textType=*")
    assert read.body["text"]["plain"].replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


async def test_large_and_many_files_come_through(real: Client, dovecot: Dovecot, user: str) -> None:
    large = bytes(range(256)) * 2400
    enclosed = b"Subject: inner\r\n\r\n\xc3\xa4\r\n"
    files = [
        {"filename": "large.bin", "content": base64.b64encode(large).decode()},
        {"filename": "inner.eml", "contentType": "message/rfc822", "content": in_base64(enclosed)},
        {"filename": "it's 100%;=?utf-8?q?x?=.txt", "contentType": "text/plain", "content": in_base64(b"a\0b\xff")},
        {"content": "", "contentType": "multipart/mixed"},
    ]
    done = await upload(real, text="x", attachments=files)
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    first, inner, odd, empty = message.iter_attachments()
    assert first.get_payload(decode=True) == large
    assert inner.get_content()["subject"] == "inner"
    assert (odd.get_filename(), odd.get_payload(decode=True)) == (files[2]["filename"], b"a\0b\xff")
    assert (empty.get_content_type(), empty.get_payload(decode=True)) == ("application/octet-stream", b"")
    shown = (await real.get(f"{PATH}/{done['id']}")).body["attachments"]
    assert [each.get("filename") for each in shown] == [each.get("filename") for each in files]


async def test_files_of_other_messages_are_taken_over(real: Client, dovecot: Dovecot, user: str) -> None:
    paper = {"filename": "Übersicht.pdf", "contentType": "application/pdf", "content": in_base64(b"paper")}
    first = await upload(real, text="x", attachments=[paper, {**paper, "filename": "b.pdf"}])
    ids = [each["id"] for each in (await real.get(f"{PATH}/{first['id']}")).body["attachments"]]
    own = {"filename": "own.txt", "content": "YQ=="}
    files = [{"reference": ids[0]}, own, {"reference": ids[1], "filename": "c.pdf", "cid": "c@x", "content": None}]
    done = await upload(real, html="<img src='cid:c@x'>", attachments=files)
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    parts = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert list(parts) == ["c.pdf", "own.txt", "Übersicht.pdf"]
    assert {part.get_payload(decode=True) for part in parts.values()} == {b"paper", b"a"}
    assert (parts["c.pdf"]["content-id"], parts["c.pdf"].get_content_type()) == ("<c@x>", "application/pdf")


async def test_a_file_that_cannot_be_taken_over(real: Client) -> None:
    first = await upload(real, text="x")
    (await real.delete(f"{PATH}/{first['id']}?force=true")).body  # noqa: B018 - it is gone
    for reference, status, code in (("no id", 400, "InvalidId"), ("AAAAAQAAAGUy", 404, "ReferenceNotFound")):
        refused = await real.post(PATH, {"path": "INBOX", "attachments": [{"reference": reference}]})
        assert (refused.status, refused.body["code"]) == (status, code), refused.text


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-01-02T03:04:05+05:30", "01-Jan-2026 21:34:05 +0000"),
        ("2026-01-02", "02-Jan-2026 00:00:00 +0000"),
        ("1969-12-31T23:59:59Z", "31-Dec-1969 23:59:59 +0000"),
    ],
)
async def test_dates_are_moments(real: Client, dovecot: Dovecot, user: str, moment: str, shown: str) -> None:
    done = await upload(real, text="x", internalDate=moment, headers={"Date": "Thu, 01 Jan 2026 00:00:00 +0200"})
    message, told = stored(dovecot, user, "INBOX", done["uid"])
    assert str(message["date"]) == "Thu, 01 Jan 2026 00:00:00 +0200"
    assert shown in told or (moment < "1970" and "INTERNALDATE" in told)


async def test_null_and_empty_mean_not_given(real: Client, dovecot: Dovecot, user: str) -> None:
    names = ("from", "to", "cc", "bcc", "replyTo", "subject", "text", "html", "attachments", "headers", "messageId")
    others = ("reference", "raw", "flags", "internalDate", "locale", "tz")
    for nothing in (None, ""):
        done = await upload(real, **dict.fromkeys((*names, *others), nothing))
        message, _ = stored(dovecot, user, "INBOX", done["uid"])
        assert (message["message-id"], message["to"], message.get_content().strip()) == (done["messageId"], None, "")


async def test_an_empty_html_text_does_not_hide_the_plain_one(real: Client, dovecot: Dovecot, user: str) -> None:
    done = await upload(real, text="Hello", html="")
    message, _ = stored(dovecot, user, "INBOX", done["uid"])
    assert (message.get_content_type(), message.get_content().strip()) == ("text/plain", "Hello")


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"to": "Jo\r\nBcc: x@y.example <a@b.example>"}, {"to"}),
        ({"to": {"address": "a@b.example\r\nBcc: x@y"}}, {"to.address", "to.0.address"}),
        ({"attachments": [{"filename": "a"}]}, {"attachments.0.content"}),
        ({"attachments": [{"content": "YQ", "reference": "AAAAAQAAAGUy"}]}, {"attachments.0.content"}),
        ({"attachments": [{"content": "YQ", "cid": "a\r\nX: y"}]}, {"attachments.0.cid"}),
        ({"attachments": [{"content": "YQ", "contentType": "a/b\r\nX: y"}]}, {"attachments.0.contentType"}),
        ({"messageId": "<a@b>\r\nX: y"}, {"messageId"}),
        ({"headers": {"Date": "soon"}}, {"headers"}),
        ({"headers": {"X-" + "a" * 80: "x"}}, {"headers"}),
        ({"text": "a\0b"}, {"text"}),
    ],
)
async def test_what_would_be_malformed_is_refused(
    mailed: Client, mail: FakeImapServer, fields: dict[str, Any], keys: set[str]
) -> None:
    assert set(await mailed.problems("POST", PATH, {"path": "Sent", **fields})) <= keys
    assert mail.statistics.count("command", "APPEND") == 0
