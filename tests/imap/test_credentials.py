"""Credentials refuse what IMAP cannot carry and never show their secret."""

from __future__ import annotations

import pytest

from postroom.imap.commands.authenticate import Authenticate
from postroom.imap.commands.login import Login
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.handshake import LoginPlan
from postroom.imap.errors import LocalProtocolError


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        *((text, "a line break") for text in ("a\rb", "a\nb", "\r\nA1 LOGOUT")),
        ("a\0b", "a NUL character"),
        ("a\ud800b", "half a surrogate pair"),
    ],
)
@pytest.mark.parametrize("what", ["user", "password", "access_token", "authzid", "host"])
def test_what_cannot_be_sent_is_named_before_anything_is_sent(what: str, bad: str, name: str) -> None:
    if what == "password" and name == "a line break":
        assert Credentials("jane", bad).password == bad
        return
    secret = {} if what in ("password", "access_token") else {"password": "x"}
    with pytest.raises(LocalProtocolError) as caught:
        Credentials(**{"user": "jane", **secret, what: bad})  # type: ignore[arg-type]
    assert str(caught.value) == f"the {what.replace('_', ' ')} holds {name}, which no sign-in can carry"


def test_one_secret_and_only_one() -> None:
    with pytest.raises(LocalProtocolError):
        Credentials("jane")
    with pytest.raises(LocalProtocolError):
        Credentials("jane", "x", access_token="y")


def test_no_repr_shows_a_secret() -> None:
    for credentials in (Credentials("jane", "hunter2"), Credentials("jane", access_token="hunter2")):
        holders = (credentials, Login(credentials), Authenticate("PLAIN", credentials), LoginPlan(credentials, True))
        assert all("hunter2" not in repr(holder) for holder in holders)


def test_the_secret_is_known_and_the_name_is_none() -> None:
    assert Credentials("jane", "hunter2").secrets.values == ("hunter2",)
    assert Credentials("jane", access_token="ya29").secrets.values == ("ya29",)
    assert "ya29" not in repr(Credentials("jane", access_token="ya29").secrets)


@pytest.mark.parametrize(
    ("user", "password", "plain"),
    [("jane", 'x"\\ ', True), ("jörg", "x", False), ("jane", "ß", False), ("jane", "a\rb", False)],
)
def test_is_plain(user: str, password: str, plain: bool) -> None:
    assert Credentials(user, password).is_plain is plain
