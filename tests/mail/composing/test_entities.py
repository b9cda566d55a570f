"""Parts of a message: each in an encoding that brings its content through unharmed."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from postroom.mail.composing.draft import Enclosure
from postroom.mail.composing.entities import Entity, enclosure_entity, multipart_entity, text_entity


def parsed(entity: Entity) -> EmailMessage:
    message = message_from_bytes(entity.octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def encoding_of(entity: Entity) -> str:
    return str(parsed(entity)["content-transfer-encoding"])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\nWorld\n", "7bit"),
        ("", "7bit"),
        ("Grüße aus dem sonnigen Süden\n", "quoted-printable"),
        ("trailing space \na line with ü=ü and many plain letters\n.\n", "quoted-printable"),
        ("日本語のテキスト" * 100, "base64"),
        ("x" * 999, "quoted-printable"),
        ("a\r\nb\rc\n", "7bit"),
    ],
)
def test_a_text_comes_through(text: str, encoding: str) -> None:
    entity = text_entity("plain", text)
    assert encoding_of(entity) == encoding
    assert entity.content.isascii()
    assert b"\n" not in entity.content.replace(b"\r\n", b"")
    assert max(map(len, entity.content.split(b"\r\n"))) <= 998
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    read = parsed(entity).get_content()
    assert read.replace("\r\n", "\n").rstrip("\n") == expected.rstrip("\n")


def test_a_file_comes_through_with_its_type_and_name() -> None:
    content = bytes(range(256)) * 40
    part = parsed(enclosure_entity(Enclosure(content, "text/calendar; method=REQUEST; name=x", "Ü.ics")))
    assert part.get_content_type() == "text/calendar"
    assert (part["content-type"].params["method"], part["content-type"].params["name"]) == ("REQUEST", "Ü.ics")
    assert (part.get_content_disposition(), part.get_filename()) == ("attachment", "Ü.ics")
    assert part.get_payload(decode=True) == content


@pytest.mark.parametrize(
    "file",
    [
        Enclosure(b"x", "image/png\r\nBcc: x@y.example"),
        Enclosure(b"x", "image\0/p(ng"),
        Enclosure(b"x", "im\u00e4ge/png"),
        Enclosure(b"x", 'text/plain; charset="a\r\nBcc: x@y.example"; method="ä"'),
        Enclosure(b"x", "text/plain; b(c=d; ä=b"),
        *(
            Enclosure(b"x", "image/png", None, "inline", cid)
            for cid in ("a\r\nBcc: x@y.example", "ä@x", "a b", "x" * 999)
        ),
    ],
)
def test_what_a_stranger_wrote_about_a_file_begins_no_field(file: Enclosure) -> None:
    octets = enclosure_entity(file).octets
    assert octets.partition(b"\r\n\r\n")[0].isascii()
    part = parsed(enclosure_entity(file))
    assert set(part.keys()) == {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
    assert all(not value.defects for value in part.values())


def test_a_file_with_a_cid_is_inline() -> None:
    part = parsed(enclosure_entity(Enclosure(b"x", "image/png", None, None, "<logo@x>")))
    assert (part["content-id"], part.get_content_disposition(), part.get_filename()) == ("<logo@x>", "inline", None)


@pytest.mark.parametrize(
    ("raw", "kind", "encoding"),
    [
        (b"Subject: x\n\nhello\n", "message/rfc822", "7bit"),
        (b"Subject: x\r\n\r\nh\xc3\xa4llo\r\n", "message/rfc822", "8bit"),
        (b"Subject: x\r\n\r\n" + b"x" * 1200, "application/octet-stream", "base64"),
        (b"Subject: x\r\n\r\n\0", "application/octet-stream", "base64"),
    ],
)
def test_a_message_is_enclosed_as_it_is_or_as_a_file(raw: bytes, kind: str, encoding: str) -> None:
    entity = enclosure_entity(Enclosure(raw, "message/rfc822", "a.eml"))
    part = parsed(entity)
    assert (part.get_content_type(), encoding_of(entity)) == (kind, encoding)
    if encoding != "base64":
        assert entity.content == raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert encoding_of(multipart_entity("mixed", [entity], "=_b")) == encoding


def test_a_file_that_claims_to_be_a_multipart_is_a_file() -> None:
    entity = enclosure_entity(Enclosure(b"--x\r\n\r\nevil\r\n--x--", "multipart/mixed; boundary=x"))
    assert parsed(entity).get_content_type() == "application/octet-stream"


def test_a_multipart_holds_its_parts() -> None:
    entity = multipart_entity("related", [text_entity("html", "<p>ü"), text_entity("plain", "b")], "=_1")
    part = parsed(entity)
    assert part["content-type"].params["type"] == "text/html"
    assert [each.get_content_type() for each in part.iter_parts()] == ["text/html", "text/plain"]


@pytest.mark.parametrize("line", ["From me", "From " + "x" * 71, ".", "..", "." * 76, "." * 200, " \t", "x" * 77])
def test_no_program_on_the_way_takes_a_line_for_its_own(line: str) -> None:
    text = f"first\n{line}\nlast\n"
    entity = text_entity("plain", text)
    lines = entity.content.split(b"\r\n")
    assert encoding_of(entity) == "quoted-printable"
    assert max(map(len, lines)) <= 76
    assert not any(each.startswith(b"From ") or each.endswith((b" ", b"\t")) or each == b"." for each in lines)
    assert parsed(entity).get_content().replace("\r\n", "\n") == text


def test_a_file_is_encoded_while_it_is_written() -> None:
    content = bytes(range(256)) * 4000
    entity = enclosure_entity(Enclosure(content))
    assert len(list(entity.pieces)) > 1
    assert max(map(len, entity.content.split(b"\r\n"))) == 76
    assert parsed(entity).get_payload(decode=True) == content
