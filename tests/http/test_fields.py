"""The header fields of a request."""

from __future__ import annotations

import pytest

from postroom.http.fields import sent_field

SCOPE = {"headers": [(b"host", b"x"), (b"origin", b"https://\xfc.example"), (b"host", b"y"), (b"empty", b"")]}


@pytest.mark.parametrize(
    ("name", "value"),
    [(b"host", "x"), (b"origin", "https://\xfc.example"), (b"empty", ""), (b"referer", None), (b"Host", None)],
)
def test_the_first_field_of_a_name_counts(name: bytes, value: str | None) -> None:
    assert sent_field(SCOPE, name) == value
