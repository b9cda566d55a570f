"""Parts that are encoded again because their lines are too long."""

from __future__ import annotations

import email.policy
from base64 import b64encode
from email import message_from_bytes

import pytest

from postroom.mail.composing.line_ends import has_long_line
from postroom.mail.composing.whole.parts import NotEncodable, recoded

OCTETS = bytes(range(256)) * 10
LONG = b"long " * 400
WIDE = "long".encode("utf-16-le") * 400


@pytest.mark.parametrize(
    ("kind", "encoding", "content", "decoded", "becomes"),
    [
        (b"text/html", b"7bit", LONG, LONG, "quoted-printable"),
        (b"image/png", b"base64", b64encode(OCTETS), OCTETS, "base64"),
        (b"text/plain", b"quoted-printable", b"=C3=BC" * 400, b"\xc3\xbc" * 400, "base64"),
        (b"text/plain", b"base64", b64encode(b"x\n" * 900), b"x\n" * 900, "base64"),
        (b"text/plain; charset=utf-16", b"binary", WIDE, WIDE, "base64"),
    ],
)
def test_a_part_with_long_lines_is_encoded_again(
    kind: bytes, encoding: bytes, content: bytes, decoded: bytes, becomes: str
) -> None:
    head = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + head + content + b"\r\n--b--\r\n"
    made = recoded(raw, has_long_line)
    assert not has_long_line(made, 78)
    (part,) = message_from_bytes(made, policy=email.policy.default).iter_parts()
    assert (part["content-transfer-encoding"], part.get_payload(decode=True)) == (becomes, decoded)


def test_what_is_right_stays() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b--\r\n"
    assert recoded(raw, has_long_line) == raw


def test_the_problem_is_named() -> None:
    signed = b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n" + LONG + b"\r\n--b--\r\n"
    with pytest.raises(NotEncodable, match="signed part"):
        recoded(signed, has_long_line)
    with pytest.raises(NotEncodable, match="line 1 is no header field"):
        recoded(b"Content-Type: message/rfc822\r\n\r\nno header\r\n" + LONG, has_long_line)
