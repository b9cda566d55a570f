"""What a link to the hosted sign-in may be asked with."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.requests.sign_in import MAX_PATHS, NewForm
from tests.schemas.checked import problems_of, value_of

BACK = {"redirectUrl": "https://example.com/done"}


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({"type": False}, {"type": None}),
        ({"type": ""}, {"type": None}),
        ({"type": "imap"}, {"type": "imap"}),
        ({"account": None}, {"account": None}),
        ({"name": "", "email": "", "expectedEmail": None}, {"name": None, "email": None, "expectedEmail": None}),
        ({"onlyFoundServers": "Y", "delegated": 0}, {"onlyFoundServers": True, "delegated": False}),
        ({"path": "*", "subconnections": "\\Sent"}, {"path": [], "subconnections": ["\\Sent"]}),
        ({"notifyFrom": "2025-01-01"}, {"notifyFrom": "2025-01-01T00:00:00.000Z"}),
    ],
)
def test_values_that_are_taken(sent: dict[str, Any], made: dict[str, Any]) -> None:
    assert value_of(NewForm, {**BACK, **sent}) == {**BACK, **made}


@pytest.mark.parametrize(
    ("sent", "problems"),
    [
        ({"redirectUrl": ""}, {"redirectUrl": "must begin with https:// or http://"}),
        ({"redirectUrl": "javascript:alert(1)"}, {"redirectUrl": "must begin with https:// or http://"}),
        ({"account": ".."}, {"account": "must not be `.` or `..`: no URL can name it"}),
        ({"email": "nobody"}, {"email": "must be an e-mail address: an email address must have an @-sign"}),
        ({"type": "x" * 257}, {"type": "must not be longer than 256 characters"}),
        ({"type": 5}, {"type": "must be a string"}),
        ({"imap": {}}, {"imap": "is not allowed"}),
    ],
)
def test_values_that_are_refused(sent: dict[str, Any], problems: dict[str, str]) -> None:
    assert problems_of(NewForm, {**BACK, **sent}) == problems


def test_the_way_back_is_required() -> None:
    assert problems_of(NewForm, {}) == {"redirectUrl": "is required"}


@pytest.mark.parametrize("name", ["path", "subconnections"])
def test_a_link_holds_few_folders(name: str) -> None:
    assert len(value_of(NewForm, {**BACK, name: ["INBOX"] * MAX_PATHS})[name]) == MAX_PATHS
    assert problems_of(NewForm, {**BACK, name: ["INBOX"] * (MAX_PATHS + 1)}) == {
        name: f"must not hold more than {MAX_PATHS} folders: they are part of a URL"
    }
