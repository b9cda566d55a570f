"""Credentials refuse what IMAP cannot carry and never show their secret."""

from __future__ import annotations

import pytest

from postroom.imap.commands.authenticate import Authenticate
from postroom.imap.commands.login import Login
from postroom.imap.credentials import Credentials
from postroom.imap.errors import LocalProtocolError
from postroom.imap.handshake import LoginPlan


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b", "\r\nA1 LOGOUT"])
def test_line_breaks_are_refused_before_anything_is_sent(bad: str) -> None:
    for values in (
        {"user": bad, "password": "x"},
        {"user": "jane", "password": bad},
        {"user": "jane", "access_token": bad},
        {"user": "jane", "password": "x", "authzid": bad},
    ):
        with pytest.raises(LocalProtocolError) as caught:
            Credentials(**values)  # type: ignore[arg-type]
        assert bad not in str(caught.value)


def test_one_secret_and_only_one() -> None:
    with pytest.raises(LocalProtocolError):
        Credentials("jane")
    with pytest.raises(LocalProtocolError):
        Credentials("jane", "x", access_token="y")


def test_no_repr_shows_a_secret() -> None:
    for credentials in (Credentials("jane", "hunter2"), Credentials("jane", access_token="hunter2")):
        holders = (credentials, Login(credentials), Authenticate("PLAIN", credentials), LoginPlan(credentials, True))
        assert all("hunter2" not in repr(holder) for holder in holders)


def test_conceal_takes_the_secret_out_of_a_text() -> None:
    assert Credentials("jane", "hunter2").conceal("LOGIN jane hunter2?") == "LOGIN jane ******?"
    assert Credentials("jane", "no").conceal("no, not now") == "no, not now"


@pytest.mark.parametrize(
    ("credentials", "ascii_only"),
    [(Credentials("jane", "x"), True), (Credentials("jörg", "x"), False), (Credentials("jane", "ß"), False)],
)
def test_is_ascii(credentials: Credentials, ascii_only: bool) -> None:
    assert credentials.is_ascii is ascii_only
