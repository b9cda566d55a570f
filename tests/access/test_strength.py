"""Tokens that could be guessed, and random ones, which are left alone."""

from __future__ import annotations

import random
import secrets
import string
import uuid

import pytest

from postroom.access.strength import weakness

WEAK = [
    ("", "fewer than 20"),
    ("secret", "fewer than 20"),
    ("changeme", "fewer than 20"),
    ("k7Q2p9X4m1Z8b3V6n5t", "fewer than 20"),
    ("a" * 64, "different characters"),
    ("0000000000000000000000001", "different characters"),
    ("k7Q2p9X4m1" * 3, "repeats"),
    ("0123456789abcdefghijklmnopqrstuvwxyz", "order"),
    ("zyxwvutsrqponmlkjihgfedcba", "order"),
    ("my-postroom-api-token-2026", "words"),
    ("change-me-to-a-secret-token", "words"),
    ("super-secret-password-12345", "words"),
]


@pytest.mark.parametrize(("token", "why"), WEAK)
def test_what_could_be_guessed(token: str, why: str) -> None:
    assert why in str(weakness(token))


def test_what_is_random_is_left_alone() -> None:
    chance = random.Random(1)
    letters = string.ascii_letters + string.digits
    for _ in range(300):
        assert weakness(secrets.token_hex(16)) is None
        assert weakness(secrets.token_urlsafe(24)) is None
        assert weakness("".join(chance.choices(letters, k=24))) is None
        assert weakness(str(uuid.UUID(int=chance.getrandbits(128)))) is None


def test_why_holds_nothing_of_the_token() -> None:
    assert "postroom" not in str(weakness("my-postroom-api-token-2026"))
