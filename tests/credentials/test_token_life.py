"""When a token is due."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.document import uses_oauth2
from postroom.clock import iso
from postroom.credentials.token_life import is_due, is_usable

NOW = 1_700_000_000_000
HOUR = 3_600_000


def token(left: int, life: int | None = None) -> dict[str, Any]:
    block = {"accessToken": "t", "expires": iso(NOW + left)}
    return block if life is None else {**block, "generated": iso(NOW + left - life)}


@pytest.mark.parametrize(
    ("oauth2", "due"),
    [
        ({}, True),
        ({"accessToken": "t"}, False),
        (token(HOUR), False),
        (token(299_000), True),
        (token(301_000), False),
        (token(60_000, life=100_000), False),
        (token(20_000, life=100_000), True),
        (token(299_000, life=HOUR), True),
        (token(-1), True),
    ],
)
def test_a_token_is_due_five_minutes_before_its_end_or_at_a_quarter_of_its_life(
    oauth2: dict[str, Any], due: bool
) -> None:
    assert is_due(oauth2, NOW) is due


def test_a_refused_token_is_due_and_not_usable() -> None:
    assert is_due(token(HOUR), NOW, refused="t")
    assert not is_usable(token(HOUR), NOW, refused="t")
    assert is_usable(token(1000), NOW)
    assert not is_usable(token(0), NOW)


def test_credentials_of_the_protocol_itself_go_before_oauth2() -> None:
    oauth2 = {"provider": "gmail"}
    assert uses_oauth2({"oauth2": oauth2})
    assert uses_oauth2({"oauth2": oauth2, "imap": {"host": "h"}})
    assert not uses_oauth2({"oauth2": oauth2, "imap": {"auth": {"user": "u", "pass": "p"}}})
    assert not uses_oauth2({"oauth2": {**oauth2, "enabled": False}})
    assert not uses_oauth2({})
