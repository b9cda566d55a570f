"""The answer of a token endpoint: read once, whatever it holds."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.oauth2.token_answer import TokenAnswer


def test_the_members_are_read() -> None:
    read = TokenAnswer.read(
        {"access_token": "a", "refresh_token": "r", "id_token": "i", "scope": "mail openid", "expires_in": 60}
    )
    assert (read.access_token, read.refresh_token, read.id_token) == ("a", "r", "i")
    assert (read.scope, read.life, read.error, read.words) == ("mail openid", 60, None, {})


@pytest.mark.parametrize("value", ["", None, 7, ["a"], {"a": "b"}])
def test_a_token_that_is_no_text_is_none(value: Any) -> None:
    read = TokenAnswer.read({"access_token": value, "refresh_token": value, "error": value})
    assert (read.access_token, read.refresh_token, read.error) == (None, None, None)


def test_an_error_is_kept_in_its_words() -> None:
    read = TokenAnswer.read({"error": {"code": 7}, "error_description": "No"})
    assert read.error is None
    assert read.words == {"error": "{'code': 7}", "error_description": "No"}


@pytest.mark.parametrize(
    ("told", "life"),
    [
        (None, 3600),
        (0, 3600),
        ("", 3600),
        ("120", 120),
        (120.9, 120),
        (-5, 1),
        (10**12, 366 * 86_400),
        ("soon", 3600),
        ([1], 3600),
        (float("inf"), 3600),
    ],
)
def test_a_life_is_within_bounds_whatever_is_told(told: Any, life: int) -> None:
    assert TokenAnswer.read({"access_token": "a", "expires_in": told}).life == life


def test_tokens_are_not_printed() -> None:
    read = TokenAnswer.read({"access_token": "geheim", "refresh_token": "geheim", "id_token": "geheim"})
    assert "geheim" not in repr(read)
