"""`X-EE-Timeout`: how long a caller waits for a mail server."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.api.pipeline.decode import patience_of
from postroom.api.pipeline.errors import InvalidRequest


def request(value: str | None) -> Request:
    headers = [] if value is None else [(b"x-ee-timeout", value.encode())]
    return Request({"type": "http", "headers": headers, "method": "GET", "path": "/"})


@pytest.mark.parametrize(
    ("sent", "seconds"), [(None, 15.0), ("", 15.0), ("0", 15.0), ("250", 0.25), ("7200000", 7200.0), (" 5000 ", 5.0)]
)
def test_milliseconds_become_seconds(sent: str | None, seconds: float) -> None:
    assert patience_of(request(sent)) == seconds


@pytest.mark.parametrize("sent", ["-1", "7200001", "1e3", "soon", "5 s", "99999999999999999999"])
def test_anything_else_is_refused(sent: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        patience_of(request(sent))
    assert [problem.key for problem in caught.value.fields] == ["X-EE-Timeout"]
