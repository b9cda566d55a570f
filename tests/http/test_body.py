"""What is read out of a body; the reading itself is tested over sockets in tests/oauth2/test_web.py."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.http.body import Body

CASES: list[tuple[Body, Any]] = [
    (Body(b'{"a": 1}'), {"a": 1}),
    (Body(b'\xef\xbb\xbf {"a": 1}\r\n'), {"a": 1}),
    (Body(b'{"a": 1}', whole=False), {"a": 1}),
    (Body(b'{"a": 1', whole=False), None),
    (Body(b"[1]"), None),
    (Body(b"null"), None),
    (Body(b'{"a": "\xff"}'), None),
    (
        Body(b"error=invalid_grant&error_description=no+more"),
        {"error": "invalid_grant", "error_description": "no more"},
    ),
    (Body(b"error=invalid_grant", whole=False), None),
    (Body(b"error=invalid_grant", content_type="application/json"), None),
    (Body(b"something=else"), None),
    (Body(b"no form"), None),
    (Body(b"error=\xff"), None),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_what_a_body_says(body: Body, expected: Any) -> None:
    assert body.document(forms=True) == expected


def test_a_body_does_not_print_itself() -> None:
    assert "word" not in repr(Body(b"word"))
