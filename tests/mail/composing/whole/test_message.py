"""Messages that callers send whole: what their header says, and what is changed before they are sent."""

from __future__ import annotations

import email.policy
import time
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.line_ends import has_long_line
from postroom.mail.composing.whole.message import UnsendableWhole, read_whole, rewritten
from tests.fakes.slowness import processor_seconds

STAMP = Stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "r7")
LONG = b"x" * 1000
FIELDS = (b"X: y\n", b"X: y\n z\n", b"To: a@b.example,\n b@c.example\n", "Subject: ü".encode() * 40 + b"\n")
WHOLE = (
    b"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n"
    b"Message-ID: <own@x>\r\nMIME-Version: 1.0\r\n"
)


def sent(raw: bytes, **changes: object) -> bytes:
    whole = read_whole(raw)
    head = replace(whole.said(), **changes)  # type: ignore[arg-type]
    done = rewritten(whole, head, STAMP)
    assert b"\n" not in done.octets.replace(b"\r\n", b"")
    assert b"\r" not in done.octets.replace(b"\r\n", b"")
    assert not has_long_line(done.octets)
    return done.octets


def parsed(octets: bytes) -> EmailMessage:
    message = message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def test_a_message_that_lacks_nothing_stays() -> None:
    raw = WHOLE + b"Subject:  odd\t spaces\r\n\r\nHello\r\n.\r\n"
    assert sent(raw) == raw


def test_the_header_says_who_and_what() -> None:
    raw = (
        b"From: =?utf-8?q?J=C3=B6?= <jo@x.example>\nTo: Team: a@b.example, c@d.example;\nTo: e@f.example\n"
        b"Cc: g@h.example\nBcc: i@j.example\nReply-To: k@l.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
        b"Message-ID: own@x\nReferences: <0@x> <1@x>\nIn-Reply-To: <1@x>\n\n"
    )

    def people(*addresses: str) -> tuple[Correspondent, ...]:
        return tuple(map(Correspondent, addresses))

    assert read_whole(raw).said() == Draft(
        Correspondent("jo@x.example", "Jö"),
        to=people("a@b.example", "c@d.example", "e@f.example"),
        cc=people("g@h.example"),
        bcc=people("i@j.example"),
        reply_to=people("k@l.example"),
        subject="Grüße",
        message_id="<own@x>",
        in_reply_to="<1@x>",
        references=("<0@x>", "<1@x>"),
    )
    assert read_whole(b"\nno header").said() == Draft(Correspondent(""))


@pytest.mark.parametrize(
    "field",
    [
        b"Bcc: a@b.example\r\n",
        b"BCC : a@b.example,\r\n\tc@d.example,\r\n e@f.example\r\n",
        b"bcc:\r\n a@b.example\r\n",
        b"Resent-Bcc: a@b.example\r\n",
        b"X-EE-Send-At: x\r\n",
        b"x-ee-whatever:\r\n x\r\n",
    ],
)
def test_some_fields_are_never_sent(field: bytes) -> None:
    for raw in (
        field + WHOLE + b"\r\n",
        WHOLE + field + b"\r\n",
        WHOLE.replace(b"To:", field + b"To:") + field + b"\r\n",
    ):
        assert sent(raw) == WHOLE + b"\r\n"


def test_fields_that_only_look_so_are_sent() -> None:
    fields = b"X-Bcc: a\r\nBcc-X: a\r\nSubject: x\r\n Bcc: a@b.example\r\n"
    body = b"\r\nBcc: a@b.example\r\nX-EE-Send-At: in the body\r\n"
    assert sent(WHOLE + fields + body) == WHOLE + fields + body


def test_controls_are_read() -> None:
    raw = b"X-EE-Send-At: 2026\nX-Ee-Delivery-Attempts:\n 3\nx-ee-send-at: later\n\n"
    assert read_whole(raw).controls() == {"send-at": "2026", "delivery-attempts": "3"}


def test_what_is_missing_is_added() -> None:
    made = sent(b"\r\nHello", sender=Correspondent("jo@example.com", "Jo"))
    assert made == (
        b"From: Jo <jo@example.com>\r\nMessage-ID: <r7@example.com>\r\n"
        b"Date: Fri, 02 Jan 2026 03:04:05 +0000\r\nMIME-Version: 1.0\r\n\r\nHello\r\n"
    )


def test_a_body_in_utf8_without_a_type_gets_one() -> None:
    message = parsed(sent(WHOLE + "\r\nGrüße\r\n".encode()))
    assert (message.get_content(), message["content-transfer-encoding"]) == ("Grüße\r\n", "8bit")
    assert "content-type" not in parsed(sent(WHOLE + b"\r\nGr\xfc\xdfe\r\n"))


def test_other_words_replace_the_fields() -> None:
    raw = WHOLE + b"Subject: one\r\nSubject: two\r\nX-Mine: 1\r\nReply-To: a@b.example\r\n\r\n"
    made = sent(
        raw,
        to=(Correspondent("c@d.example"),),
        subject="Neu: ü",
        message_id="<other@x>",
        references=("<0@x>",),
        in_reply_to="<0@x>",
        headers=(("x-mine", "2"), ("X-New", "3"), ("X-EE-Send-At", "now"), ("Bcc", "e@f.example")),
    )
    assert [(name, str(value)) for name, value in parsed(made).items()] == [
        ("From", "Ann <ann@example.com>"),
        ("To", "c@d.example"),
        ("Date", "Thu, 01 Jan 2026 00:00:00 +0000"),
        ("Message-ID", "<other@x>"),
        ("MIME-Version", "1.0"),
        ("Subject", "Neu: ü"),
        ("x-mine", "2"),
        ("Reply-To", "a@b.example"),
        ("In-Reply-To", "<0@x>"),
        ("References", "<0@x>"),
        ("X-New", "3"),
    ]


@pytest.mark.parametrize(("written", "id_"), [("own@x", "<own@x>"), ("<ö@x>", "<r7@example.com>"), ("none", None)])
def test_the_message_id_is_one_that_can_be_found(written: str, id_: str | None) -> None:
    made = sent(WHOLE.replace(b"<own@x>", written.encode()) + b"\r\n")
    assert parsed(made).get_all("message-id") == [id_ or "<r7@example.com>"]


def test_a_header_in_another_charset_is_written_in_ascii() -> None:
    raw = "From: Jö <jo@example.com>\nTo: bob@bücher.example\nSubject: Grüße\n\nx\n".encode()
    made = sent(raw)
    assert made.isascii()
    message = parsed(made)
    assert (str(message["from"]), str(message["subject"])) == ("Jö <jo@example.com>", "Grüße")
    assert str(message["to"]) == "bob@xn--bcher-kva.example"
    assert "ö@" in sent("To: ö@example.com\n\n".encode()).decode()


def test_long_lines_are_broken() -> None:
    ids = b"".join(b" <%d@example.com>" % number for number in range(200))
    raw = WHOLE + b"References:" + ids + b"\r\nContent-Type: text/html\r\n\r\n<p>" + b"word " * 500 + b"\r\n"
    message = parsed(sent(raw))
    assert message["references"].split() == ids.decode().split()
    assert message.get_content() == "<p>" + "word " * 500 + "\r\n"


def test_a_binary_part_keeps_its_octets() -> None:
    octets = bytes(range(256)) * 3 + b"\n\r\r\n"
    head = b"Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    start = WHOLE + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\ntwo\r\n--b\r\n"
    text, file = parsed(sent(start + head + octets + b"\r\n--b--\r\n")).iter_parts()
    assert file.get_payload(decode=True) == octets
    assert text.get_payload(decode=True) == b"one\ntwo"
    # Programs call texts binary too. With LF line ends throughout, they are texts.
    named = sent((WHOLE + head + b"one\r\ntwo\r\n").replace(b"\r\n", b"\n"))
    assert named.endswith(b"binary\r\n\r\none\r\ntwo\r\n")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"To: a@b.example\n\n\0", "NUL"),
        (b"X: y\n" * 100_000, "header of 600000 octets"),
        (b"Dear Ann,\nhello", "line 1 is no header field"),
        (b"To: a@b.example\nDear Ann,\n\nhello", "line 2 is no header field"),
        (
            b"Content-Type: multipart/signed; boundary=b\n\n--b\n\n" + b"x" * 1000 + b"\n--b--\n",
            "998 octets, and it has",
        ),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\nX: " + b"x" * 1000 + b"\n\n--b--\n", "cannot be broken"),
    ],
)
def test_what_cannot_be_sent_is_told(raw: bytes, words: str) -> None:
    with pytest.raises(UnsendableWhole, match=words):
        sent(raw)


@pytest.mark.parametrize("piece", FIELDS)
def test_the_cost_grows_with_the_length(piece: bytes) -> None:
    began = time.process_time()
    sent(piece * (400_000 // len(piece)) + b"\n")
    assert time.process_time() - began < processor_seconds(6.0)
