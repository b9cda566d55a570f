"""A secret is found however it is written, and in no innocent sentence."""

from __future__ import annotations

import base64
import os
import time

import pytest

from postroom.words.echoes import echoes
from tests.fakes.strangers import writings

SECRETS = (
    "hunter22",
    's3cr3t"P@ss\\word!',
    "пароль-секрет",
    "aaaaB-c/d+e=f<&>",
    "correct horse battery staple",
    "ya29." + "Ab3_-x9" * 40,
)
INNOCENT = (
    "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    "Mailbox doesn't exist: INBOX.Sent (0.001 + 0.000 secs).",
    "535 5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials f7sm1234567wrx.5",
    'AADSTS70008: The refresh token has expired. Trace ID: 3f1b%20c\\" &amp; eyJhbGciOiJSUzI1NiJ9.e30',
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", list(writings("x")))
def test_every_writing_is_found(secret: str, name: str) -> None:
    written = writings(secret)[name]
    for said in (written, f"Cannot parse {written} of you", f"user=u&pass={written}&x=1", f"<{written}>"):
        assert echoes((secret,), said), said


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("said", INNOCENT)
def test_innocent_words_are_left_alone(secret: str, said: str) -> None:
    assert not echoes((secret,), said)


def test_of_a_long_secret_a_piece_is_enough() -> None:
    secret = base64.b64encode(os.urandom(60)).decode()
    for begin in range(len(secret) - 20):
        assert echoes((secret,), f"Bearer {secret[begin : begin + 20]}...")
    assert not echoes((secret,), f"Bearer {secret[:6]}...")


def test_a_short_secret_is_found_as_a_whole_word_alone() -> None:
    assert echoes(("pass1",), "LOGIN u pass1: no")
    assert echoes(("pass1",), base64.b64encode(b"\0u\0pass1").decode())
    assert not echoes(("pass1",), "pass12 and Pass1 and xpass1")
    assert not echoes(("a", "no", "the"), "No, the mailbox is not a folder: a the no")


def test_two_texts_do_not_make_one() -> None:
    assert not echoes(("open sesame", "pass"), "open ses", "ame", "pa", "ss")
    assert not echoes(("open sesame", "pass"), "x" * 3000 + "open ses", "ame" + "y" * 3000)


def test_one_of_many_is_enough() -> None:
    assert echoes(("something-else", "pass1", "hunter22"), "it was hunter22")
    assert not echoes((), "it was hunter22")
    assert not echoes(("hunter22",), "")


def test_looking_is_bounded() -> None:
    """Of what somebody says at most 1,400 characters are looked at (`words`): no stall, whatever is in them."""
    secrets = tuple(base64.b64encode(os.urandom(1500)).decode() for _ in range(3))
    for said in (base64.b64encode(os.urandom(1050)).decode(), "%41&#65;\\x41=41+" * 90, "A+" * 700, "\\" * 1400):
        began = time.thread_time()
        assert not echoes(secrets, said)
        assert time.thread_time() - began < 0.5
