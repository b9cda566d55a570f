"""What a connection shows of its commands: no argument of a sign-in, and no content of a literal."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from postroom.imap.commands.append import Append
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.authenticate import Authenticate, Mechanism
from postroom.imap.commands.command import Command
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.login import Login
from postroom.imap.commands.session import Noop
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.shown import SECRET_COMMANDS, shown_command, shown_line
from postroom.imap.encode import Literal

GREETING = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE] hello\r\n"
PREAUTH = b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE] hello\r\n"
COMMANDS = Path(__file__).parents[3] / "src/postroom/imap/commands"


class Listener:
    """Keeps what may be shown of what is written, and the responses."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.alone: list[bool] = []
        self.heard: list[bytes] = []

    def writes(self, tag: str, name: str, chunks: Chunks, *, is_alone: bool) -> None:
        self.shown.append(shown_command(tag, name, chunks))
        self.alone.append(is_alone)

    def answers(self, octets: bytes) -> None:
        self.shown.append(shown_line(octets))

    def received(self, text: bytes) -> None:
        self.heard.append(text)


def connection(greeting: bytes = GREETING) -> tuple[ImapConnection, Listener]:
    made, listener = ImapConnection(), Listener()
    made.outgoing.listener = listener
    made.receive_data(greeting)
    return made, listener


@pytest.mark.parametrize("password", ["hunter2-and-more", "päss-wörd-and-more", "line\r\nbreak-and-more", "x" * 1200])
def test_login_shows_no_argument_be_it_a_string_or_a_literal(password: str) -> None:
    session, listener = connection()
    session.send(Login(Credentials("user@example.com", password)))
    session.receive_data(b"+ go on\r\n")
    assert password.encode() in b"".join(session.data_to_send())
    assert listener.shown == ["a1 LOGIN ******"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("greeting", [GREETING, b"* OK hello\r\n"])
def test_authenticate_shows_its_mechanism_and_no_step(mechanism: Mechanism, greeting: bytes) -> None:
    is_token = mechanism in ("XOAUTH2", "OAUTHBEARER")
    secret = Credentials("u1", access_token="secret-token") if is_token else Credentials("u1", "secret-word")
    session, listener = connection(greeting)
    session.send(Authenticate(mechanism, secret))
    for prompt in (b"+ VXNlcm5hbWU6\r\n", b"+ UGFzc3dvcmQ6\r\n") if mechanism == "LOGIN" else (b"+ \r\n", b"+ \r\n"):
        session.receive_data(prompt)
    shown = listener.shown
    assert shown[0] == f"a1 AUTHENTICATE {mechanism} ******"
    assert set(shown[1:]) <= {"******"}
    assert len(session.data_to_send()) == len(shown)


def test_a_message_is_shown_by_its_size() -> None:
    session, listener = connection(PREAUTH)
    session.send(Append("Sent", b"a1 LOGIN me secret\r\nDONE\r\n", flags=("\\Seen",)))
    session.receive_data(b"+ go on\r\n")
    assert b"secret" in b"".join(session.data_to_send())
    assert listener.shown == ["a1 APPEND Sent (\\Seen) {26}"]


def test_idle_is_shown_with_its_end() -> None:
    session, listener = connection(PREAUTH)
    session.send(Idle())
    session.receive_data(b"+ idling\r\n")
    session.end_idle()
    session.send(Noop())
    assert listener.shown == ["a1 IDLE", "DONE"]
    session.receive_data(b"a1 OK\r\n")
    assert listener.shown[2:] == ["a2 NOOP"]
    assert listener.heard == [PREAUTH.strip(), b"+ idling", b"a1 OK"]


def test_a_listener_knows_whether_another_command_waits() -> None:
    session, listener = connection(PREAUTH)
    session.send(Noop())
    session.send(Append("Sent", b"hello"))
    assert listener.alone == [True, False]


def test_a_line_in_answer_to_the_server_is_a_step_of_a_sign_in_unless_it_is_done() -> None:
    assert [shown_line(each) for each in (b"DONE\r\n", b"*\r\n", b"AHUxAHBhc3M=\r\n", b"DONE", b"done\r\n")] == [
        "DONE",
        *["******"] * 4,
    ]


def test_a_long_command_is_cut() -> None:
    shown = shown_command("a1", "UID FETCH", [b"UID FETCH " + b"1," * 9000, Literal(b"abc"), b" FLAGS"])
    assert len(shown) == 4096 + len("a1 ")
    assert shown_command("a1", "LOGIN", [Literal(b"LOGIN secret")]) == "a1 ******"


def test_every_command_that_carries_credentials_is_known_to_be_secret() -> None:
    carry = {
        named.value.value
        for path in COMMANDS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and "Credentials" in ast.unparse(node)
        for named in node.body
        if isinstance(named, ast.Assign) and ast.unparse(named.targets[0]) == "name"
        if isinstance(named.value, ast.Constant)
    }
    assert carry == set(SECRET_COMMANDS)


@pytest.mark.parametrize("make", [lambda: Append("Sent", b"hello\r\n"), Noop, Idle])
def test_what_is_sent_is_the_same_whether_anybody_listens_or_not(make: Callable[[], Command[object]]) -> None:
    def octets(session: ImapConnection) -> bytes:
        session.send(make())
        session.receive_data(b"+ go on\r\n")
        return b"".join(session.data_to_send())

    unheard = ImapConnection()
    unheard.receive_data(PREAUTH)
    assert octets(connection(PREAUTH)[0]) == octets(unheard)
