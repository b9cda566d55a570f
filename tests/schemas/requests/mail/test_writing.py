"""What callers say of a message to be written: what they may mean by an address, and the limits of what they send."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.writing import WrittenMessage, whole_message

ADAPTER: TypeAdapter[Any] = TypeAdapter(WrittenMessage)
ADA = {"name": "Ada", "address": "ada@example.com"}
LARGE = bytes(range(1, 256)) * 10_000


def taken(**fields: Any) -> Any:
    return ADAPTER.validate_python(fields)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ([], []),
        (None, []),
        ("", []),
        ("ada@example.com", [{"address": "ada@example.com"}]),
        (["Ada <ada@example.com>"], [ADA]),
        (ADA, [ADA]),
        (
            '"Doe, Jo" <jo@example.com>, ada@example.com',
            [{"name": "Doe, Jo", "address": "jo@example.com"}, {"address": "ada@example.com"}],
        ),
        ([ADA, "ada@example.com"], [ADA, {"address": "ada@example.com"}]),
    ],
)
def test_addresses_are_taken_as_they_are_meant(sent: Any, meant: Any) -> None:
    assert taken(to=sent)["to"] == meant


def test_a_sender_is_one_address() -> None:
    assert taken(**{"from": "Ada <ada@example.com>"})["from"] == ADA
    assert taken(**{"from": None})["from"] is None
    with pytest.raises(ValidationError):
        taken(**{"from": "ada@example.com, bob@example.com"})


@pytest.mark.parametrize("length", [0, 1, 2, 3, len(LARGE)])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes], ids=["one line", "lines"])
def test_base64_of_any_length_is_decoded(length: int, encode: Any) -> None:
    content = LARGE[:length]
    (file,) = taken(attachments=[{"content": encode(content).decode()}])["attachments"]
    assert file["content"] == content


@pytest.mark.parametrize("text", ["QUJD=QUJD", "QUJ", "QUI*", "Q", "QUJD" * 300_000 + "=QUJD", 7])
def test_what_is_no_base64_is_refused_or_padded(text: Any) -> None:
    if text == "QUJ":
        assert taken(attachments=[{"content": text}])["attachments"][0]["content"] == b"AB"
        return
    with pytest.raises(ValidationError, match="base64"):
        taken(attachments=[{"content": text}])


def test_a_whole_message_may_have_line_breaks_and_no_padding() -> None:
    assert whole_message("U3ViamVjdDog\r\neA") == b"Subject: x"
    assert whole_message("") is None


@pytest.mark.parametrize(("octets", "words"), [(b" \r\n", "hold a message"), (b"Subject: \0", "NUL")])
def test_a_whole_message_is_one(octets: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        whole_message(base64.b64encode(octets).decode())


def test_a_text_has_a_limit() -> None:
    longest = "x" * (5 * 1024 * 1024)
    assert len(taken(text=longest)["text"]) == len(longest)
    with pytest.raises(ValidationError, match="at most"):
        taken(html=f"{longest}x")
