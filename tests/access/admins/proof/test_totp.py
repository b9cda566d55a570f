"""Codes of an authenticator app."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from postroom.access.admins.proof.totp import enrolment_url, new_secret, step_of

# RFC 6238, appendix B, SHA-1; codes of six digits are the ends of those of eight.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_examples_of_the_standard(seconds: int, code: str) -> None:
    assert step_of(SECRET, code, seconds * 1000) == seconds // 30


def test_a_clock_may_be_off_by_one_step() -> None:
    seconds, code = VECTORS[2]
    assert step_of(SECRET, code, (seconds + 30) * 1000) == seconds // 30
    assert step_of(SECRET, code, (seconds - 30) * 1000) == seconds // 30
    assert step_of(SECRET, code, (seconds + 75) * 1000) is None


def test_a_code_and_every_older_one_is_accepted_once() -> None:
    seconds, code = VECTORS[2]
    step = seconds // 30
    assert step_of(SECRET, code, seconds * 1000, used=step - 1) == step
    assert step_of(SECRET, code, seconds * 1000, used=step) is None
    assert step_of(SECRET, code, seconds * 1000, used=step + 1) is None


@pytest.mark.parametrize("code", ["", "28708", "2870822", "28708a", "２８７０８２", "²⁸⁷⁰⁸²", "000000"])
def test_what_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, 59_000) is None
    assert step_of(SECRET, " 287 082 ", 59_000) == 1


def test_the_url_for_an_app_has_the_secret() -> None:
    secret = new_secret()
    assert len(base64.b32decode(secret)) == 20
    url = urlsplit(enrolment_url(secret, "admin", "Postroom"))
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert parse_qs(url.query)["secret"] == [secret]
