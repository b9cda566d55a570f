"""The answer to what never became a request."""

from __future__ import annotations

import pytest

from postroom.server import refusals
from postroom.server.refusals import Refused, answer_to


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (refusals.malformed("no"), 400, "MalformedRequest"),
        (refusals.TLS, 400, "MalformedRequest"),
        (refusals.late("head", 5), 408, "RequestTimeout"),
        (refusals.large_body(10), 413, "PayloadTooLarge"),
        (refusals.long_line(10), 414, "UriTooLong"),
        (refusals.crowded_address(3), 429, "TooManyConnections"),
        (refusals.large_head("too many"), 431, "HeadersTooLarge"),
        (refusals.unknown("no"), 501, "NotImplemented"),
        (refusals.crowded(), 503, "TooManyConnections"),
        (refusals.crowded_heads(), 503, "TooManyPartialRequests"),
        (refusals.other_version(), 505, "VersionNotSupported"),
    ],
    ids=lambda value: value.code if isinstance(value, Refused) else None,
)
def test_each_refusal_has_its_status_and_closes_the_connection(refused: Refused, status: int, code: str) -> None:
    answer = answer_to(refused, b'{"error": "x"}')
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].startswith(f"HTTP/1.1 {status} ")
    assert refused.code == code
    assert {"connection: close", "content-length: 14", "cache-control: no-store"} <= set(lines)
    assert body == b'{"error": "x"}'
    assert any(line.startswith("retry-after:") for line in lines) is (status in (429, 503))


def test_limits_are_told() -> None:
    assert "40960" in refusals.long_line(40960).message
    assert "2.5 seconds" in refusals.late("body", 2.5).message
    assert "POSTROOM_MAX_CONNECTIONS_PER_ADDRESS" in refusals.crowded_address(3).message
