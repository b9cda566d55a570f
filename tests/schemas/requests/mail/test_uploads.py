"""Messages for folders in requests: what callers may mean by a flag, and the limit of a whole message."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.uploads import MAX_RAW, NewMessage

ADAPTER: TypeAdapter[Any] = TypeAdapter(NewMessage)


def taken(**fields: Any) -> Any:
    return ADAPTER.validate_python({"path": "Sent", **fields})


def test_flags_and_headers_may_be_left_empty() -> None:
    assert taken(flags=None, headers="", attachments=None) == {
        "path": "Sent",
        "flags": [],
        "headers": {},
        "attachments": [],
    }
    assert taken(flags="\\Seen")["flags"] == ["\\Seen"]


def test_a_whole_message_has_a_limit_of_its_own() -> None:
    assert len(taken(raw=base64.b64encode(b"x" * MAX_RAW).decode())["raw"]) == MAX_RAW
    with pytest.raises(ValidationError, match="not be larger"):
        taken(raw=base64.b64encode(b"x" * (MAX_RAW + 1)).decode())
