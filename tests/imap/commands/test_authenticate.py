"""AUTHENTICATE: the messages of each mechanism; whole logins are in test_handshake."""

from __future__ import annotations

import base64

import pytest

from postroom.imap.commands.authenticate import Authenticate, Mechanism, messages
from postroom.imap.credentials import Credentials
from postroom.imap.errors import LocalProtocolError

TOKEN = Credentials("a=b,c@example.com", access_token="tok", host="imap.example.com", port=143)


@pytest.mark.parametrize(
    ("mechanism", "credentials", "message"),
    [
        ("PLAIN", Credentials("jane", "p"), "\0jane\0p"),
        ("PLAIN", Credentials("jane", "pä", authzid="boss"), "boss\0jane\0pä"),
        ("XOAUTH2", TOKEN, "user=a=b,c@example.com\x01auth=Bearer tok\x01\x01"),
        ("XOAUTH2", Credentials("jane", access_token="t", authzid="shared"), "user=shared\x01auth=Bearer t\x01\x01"),
        (
            "OAUTHBEARER",
            TOKEN,
            "n,a=a=3Db=2Cc@example.com,\x01host=imap.example.com\x01port=143\x01auth=Bearer tok\x01\x01",
        ),
        ("OAUTHBEARER", Credentials("jane", access_token="t"), "n,a=jane,\x01auth=Bearer t\x01\x01"),
    ],
)
def test_messages(mechanism: Mechanism, credentials: Credentials, message: str) -> None:
    (said,) = messages(mechanism, credentials)
    assert base64.b64decode(said, validate=True).decode() == message


@pytest.mark.parametrize(
    ("mechanism", "credentials"),
    [("PLAIN", TOKEN), ("XOAUTH2", Credentials("j", "p")), ("OAUTHBEARER", Credentials("j", "p"))],
)
def test_the_wrong_kind_of_credentials(mechanism: Mechanism, credentials: Credentials) -> None:
    with pytest.raises(LocalProtocolError):
        Authenticate(mechanism, credentials).encode(frozenset(), frozenset())


def test_sasl_ir_only_if_offered() -> None:
    command = Authenticate("PLAIN", Credentials("jane", "p"))
    assert command.encode(frozenset(), frozenset()) == [b"AUTHENTICATE PLAIN"]
    assert command.encode(frozenset({"SASL-IR"}), frozenset()) == [b"AUTHENTICATE PLAIN AGphbmUAcA=="]


def test_a_challenge_that_is_no_base64_is_kept_as_it_is() -> None:
    command = Authenticate("XOAUTH2", TOKEN)
    command.encode(frozenset({"SASL-IR"}), frozenset())
    assert command.continuation(b"bad token!") == b"\r\n"
    assert command.challenge == "bad token!"


def test_a_server_that_ignores_what_comes_with_the_command_is_told_again_once() -> None:
    command = Authenticate("PLAIN", Credentials("jane", "p"))
    command.encode(frozenset({"SASL-IR"}), frozenset())
    assert command.continuation(b"") == b"AGphbmUAcA==\r\n"
    assert command.continuation(b"") is None


@pytest.mark.parametrize(("mechanism", "empty"), [("XOAUTH2", b"\r\n"), ("OAUTHBEARER", b"AQ==\r\n")])
def test_an_explained_refusal_is_not_answered_with_the_token(mechanism: Mechanism, empty: bytes) -> None:
    command = Authenticate(mechanism, TOKEN)
    command.encode(frozenset({"SASL-IR"}), frozenset())
    assert command.continuation(base64.b64encode(b'{"status": "401"}')) == empty
    assert command.continuation(b"") == empty
    command = Authenticate(mechanism, TOKEN)
    command.encode(frozenset({"SASL-IR"}), frozenset())
    assert command.continuation(b"") == messages(mechanism, TOKEN)[0] + b"\r\n"
    assert command.continuation(base64.b64encode(b'{"status": "401"}')) == empty


USER, PASSWORD = b"amFuZQ==\r\n", base64.b64encode("pä".encode()) + b"\r\n"


@pytest.mark.parametrize(
    ("prompts", "answers"),
    [
        ((base64.b64encode(b"User Name\0"), b"", b""), (USER, PASSWORD, None)),
        ((b"", b"", b"UGFzc3dvcmQ6"), (USER, PASSWORD, b"*\r\n")),
        ((b"VXNlcm5hbWU6", b"VXNlcm5hbWU6", b"UGFzc3dvcmQ6"), (USER, USER, PASSWORD)),
        ((b"VXNlcm5hbWU6", b"VXNlcm5hbWU6", b"VXNlcm5hbWU6"), (USER, USER, b"*\r\n")),
        ((b"UGFzc3dvcmQ6",), (PASSWORD,)),
    ],
)
def test_login_answers_what_is_asked(prompts: tuple[bytes, ...], answers: tuple[bytes | None, ...]) -> None:
    command = Authenticate("LOGIN", Credentials("jane", "pä"))
    assert command.encode(frozenset({"SASL-IR"}), frozenset()) == [b"AUTHENTICATE LOGIN"]
    assert tuple(command.continuation(prompt) for prompt in prompts) == answers
