"""What is wrong with passwords."""

from __future__ import annotations

import pytest

from postroom.access.admins.password_rules import password_fault


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("x" * 257, "more than 256"),
        ("aaaaaaaaaaaa", "repeats itself"),
        ("abcabcabcabc", "repeats itself"),
        ("abcdefghijklm", "in order"),
        ("210987654321", "in order"),
        ("password1234", "words that people try first"),
        ("Admin-postroom", "words that people try first"),
    ],
)
def test_a_password_that_is_easy_to_guess(password: str, words: str) -> None:
    assert words in (password_fault(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        "three unrelated words",
        "kX9#mQ2$vL7p",
        "пароль из трёх слов",
        "postroom of the grey cat",
        "🦊🐙🦔🐢🦉🐌🦋🐞🦀🐠🦑🐡",
    ],
)
def test_a_good_password(password: str) -> None:
    assert password_fault(password) is None
