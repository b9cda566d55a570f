"""Messages for servers that take only seven bits: other encodings, the same contents."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from postroom.mail.composing.seven_bit import to_seven_bit

TEXT = "Grüße,\r\nFrom here\r\n.\r\ntrailing \r\nmost of the letters are in ASCII\r\n日本\r\n".encode()
HEAD = b"Subject: x\r\n  folded  oddly\r\nMIME-Version: 1.0\r\n"
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"


def converted(raw: bytes) -> EmailMessage:
    made = to_seven_bit(raw)
    assert made is not None
    assert made.isascii()
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert max(map(len, made.split(b"\r\n"))) <= 998
    message = message_from_bytes(made, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def contents(message: EmailMessage) -> list[bytes]:
    found = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return [each for each in found if isinstance(each, bytes)]


def test_a_message_in_ascii_stays() -> None:
    raw = HEAD + b"\r\nhello\r\n"
    assert to_seven_bit(raw) is raw


def test_a_text_is_encoded_and_the_header_stays() -> None:
    made = to_seven_bit(HEAD + PLAIN + b"\r\n" + TEXT)
    assert made is not None
    assert made.startswith(
        HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    assert contents(converted(HEAD + PLAIN + b"\r\n" + TEXT)) == [TEXT]


def test_a_text_without_an_encoding_gets_one() -> None:
    message = converted(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT)
    assert (message["content-transfer-encoding"], contents(message)) == ("quoted-printable", [TEXT])


@pytest.mark.parametrize("octets", [bytes(range(128, 256)) * 9, b"\xff", TEXT * 4])
def test_a_file_is_encoded_in_base64(octets: bytes) -> None:
    head = b"Content-Type: image/x; name=a\r\nContent-Transfer-Encoding: binary\r\nX-Part: stays\r\n\r\n"
    before = HEAD + MIXED + b"\r\npreamble\r\n--b\r\n\r\nascii  stays \r\n--b\r\n"
    raw = before + head + octets + b"\r\n--b--\r\nend\r\n"
    message = converted(raw)
    assert contents(message) == [b"ascii  stays ", octets]
    (_, file) = message.iter_parts()
    assert (file["content-transfer-encoding"], file["x-part"]) == ("base64", "stays")
    assert (message.preamble, message.epilogue) == ("preamble", "end\r\n")


def test_all_levels_say_that_they_are_seven_bit() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="c d"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--c d\r\n'
    parts = inner + PLAIN + b"\r\n" + TEXT + b"\r\n--c d \r\n\r\n\r\n--c d--"
    raw = HEAD + MIXED + b"Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\n" + parts + b"\r\n--b--\r\n"
    message = converted(raw)
    assert contents(message) == [TEXT, b""]
    assert {part["content-transfer-encoding"] for part in message.walk()} == {"7bit", "quoted-printable", None}


def test_a_message_in_a_message_is_changed_inside() -> None:
    enclosed = b"Subject: inner\r\n" + PLAIN + b"\r\n" + TEXT
    head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    message = converted(HEAD + MIXED + b"\r\n--b\r\n" + head + enclosed + b"\r\n--b--\r\n")
    assert contents(message) == [TEXT]
    (part,) = message.iter_parts()
    assert (part.get_content_type(), part["content-transfer-encoding"]) == ("message/rfc822", "7bit")


def test_names_of_parts_are_written_in_ascii() -> None:
    head = (
        "Content-Type: text/plain; name=Ü.txt\r\nContent-Disposition: attachment; filename=Ü.txt\r\n\r\nascii".encode()
    )
    (part,) = converted(HEAD + MIXED + b"\r\n--b\r\n" + head + b"\r\n--b--\r\n").iter_parts()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("Ü.txt", b"ascii")


def test_text_that_nobody_sees_may_go() -> None:
    raw = HEAD + MIXED + b"\r\n\xff\r\n--b\r\n\r\nascii\r\n--b--\r\n\xff\r\n"
    assert contents(converted(raw)) == [b"ascii"]


def test_a_multipart_whose_end_is_missing() -> None:
    message = to_seven_bit(HEAD + MIXED + b"\r\n--b\r\n" + PLAIN + b"\r\n" + TEXT)
    assert message is not None
    assert message.isascii()
    assert b"=C3=BC" in message


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
        MIXED + b"\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\xff\r\n--b--\r\n",
        MIXED + b"\r\nno part \xff\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n\xff\r\n--b--\r\n",
        MIXED + b"\r\n--b\r\nno header\r\n\xff\r\n--b--\r\n",
        (b"Content-Type: message/rfc822\r\n\r\n" * 60) + b"\r\n\xff",
    ],
)
def test_what_must_not_be_changed_is_told(raw: bytes) -> None:
    assert to_seven_bit(HEAD + raw) is None


def test_a_signed_part_in_ascii_does_not_matter() -> None:
    signed = b"Content-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\nascii\r\n--c--"
    raw = HEAD + MIXED + b"\r\n--b\r\n" + signed + b"\r\n--b\r\n" + PLAIN + b"\r\n" + TEXT + b"\r\n--b--\r\n"
    made = to_seven_bit(raw)
    assert made is not None
    assert signed in made
    assert contents(converted(raw)) == [b"ascii", TEXT]
