"""Prompts of SASL LOGIN as servers word them."""

from __future__ import annotations

import base64

import pytest

from postroom.imap.sasl_login import LoginDialogue, Part, asked_for


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        ("Username:", "user"),
        ("User Name\0", "user"),
        ("login:", "user"),
        ("Your e-mail address", "user"),
        ("Password:", "password"),
        ("Password\0", "password"),
        ("PASSWD", "password"),
        ("Username and password", None),
        ("Kennwort", None),
        ("", None),
    ],
)
def test_what_a_prompt_asks_for(prompt: str, part: Part | None) -> None:
    assert asked_for(base64.b64encode(prompt.encode())) == part
    assert asked_for(prompt.encode()) == part


def test_a_password_that_was_said_is_the_end() -> None:
    dialogue = LoginDialogue()
    assert [dialogue.next(b""), dialogue.next(b""), dialogue.next(b""), dialogue.next(b"VXNlcm5hbWU6")] == [
        "user",
        "password",
        None,
        None,
    ]


def test_a_password_may_be_asked_for_first() -> None:
    dialogue = LoginDialogue()
    assert [dialogue.next(b"UGFzc3dvcmQ6"), dialogue.next(b""), dialogue.next(b"")] == ["password", "user", None]
