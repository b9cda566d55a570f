"""Messages in requests: what callers may mean by an address, a list or a flag, and the limits of what they send."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.uploads import MAX_RAW, NewMessage

ADAPTER: TypeAdapter[Any] = TypeAdapter(NewMessage)
ADA = {"name": "Ada", "address": "ada@example.com"}


def taken(**fields: Any) -> Any:
    return ADAPTER.validate_python({"path": "Sent", **fields})


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


def test_flags_and_headers_may_be_left_empty() -> None:
    assert taken(flags=None, headers="", attachments=None) == {
        "path": "Sent",
        "flags": [],
        "headers": {},
        "attachments": [],
    }
    assert taken(flags="\\Seen")["flags"] == ["\\Seen"]


def test_base64_may_have_line_breaks_and_no_padding() -> None:
    assert taken(raw="U3ViamVjdDog\r\neA")["raw"] == b"Subject: x"


def test_a_whole_message_has_a_limit_of_its_own() -> None:
    assert len(taken(raw=base64.b64encode(b"x" * MAX_RAW).decode())["raw"]) == MAX_RAW
    with pytest.raises(ValidationError, match="not be larger"):
        taken(raw=base64.b64encode(b"x" * (MAX_RAW + 1)).decode())
