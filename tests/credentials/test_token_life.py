"""When a token is due."""

from __future__ import annotations

import pytest

from postroom.accounts.settings.reading import oauth2_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import OAuth2Settings
from postroom.clock import iso
from postroom.credentials.token_life import expiry, is_due, is_usable, with_tokens
from postroom.oauth2.model import GrantedTokens

NOW = 1_700_000_000_000
HOUR = 3_600_000


def token(left: int, life: int | None = None) -> OAuth2Settings:
    block = {"accessToken": "t", "expires": iso(NOW + left)}
    return oauth2_of(block if life is None else {**block, "generated": iso(NOW + left - life)})


@pytest.mark.parametrize(
    ("oauth2", "due"),
    [
        (OAuth2Settings(), True),
        (oauth2_of({"accessToken": "t"}), False),
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
    oauth2: OAuth2Settings, due: bool
) -> None:
    assert is_due(oauth2, NOW) is due


def test_a_refused_token_is_due_and_not_usable() -> None:
    assert is_due(token(HOUR), NOW, refused=Secret("t"))
    assert not is_usable(token(HOUR), NOW, refused=Secret("t"))
    assert is_usable(token(1000), NOW)
    assert not is_usable(token(0), NOW)


def test_the_end_of_a_token_is_known_if_it_was_told() -> None:
    assert expiry(token(HOUR)) == NOW + HOUR
    assert expiry(oauth2_of({"accessToken": "t"})) is None


@pytest.mark.parametrize(("rotated", "kept"), [("new", "new"), (None, "old")])
def test_new_tokens_take_the_place_of_the_old_ones(rotated: str | None, kept: str) -> None:
    before = oauth2_of({"provider": "p", "auth": {"user": "u"}, "refreshToken": "old", "hint": 1})
    assert with_tokens(before, GrantedTokens("t", NOW, NOW + HOUR, rotated, None)) == oauth2_of(
        {
            "provider": "p",
            "auth": {"user": "u"},
            "refreshToken": kept,
            "hint": 1,
            "accessToken": "t",
            "expires": iso(NOW + HOUR),
            "generated": iso(NOW),
        }
    )
