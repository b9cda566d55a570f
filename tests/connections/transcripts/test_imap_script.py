"""The transcript of a whole session. Whatever the server repeats, in whatever form, no line of it holds the secret."""

from __future__ import annotations

import socket
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.connections.transcripts.imap_script import ImapScript, peer_of
from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.imap.commands.append import Append
from postroom.imap.commands.authenticate import Authenticate
from postroom.imap.commands.command import Command
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.login import Login
from postroom.imap.commands.session import Noop
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.errors import ImapError
from postroom.words.echoes import echoes
from tests.fakes.strangers import writings

PASSWORDS = st.text(ascii_letters + digits + "!$%&/()=?\"\\'*+~#-_.:,; äßπ", min_size=8, max_size=60).filter(
    lambda text: len(text.strip()) >= 8 and len(set(text)) > 4
)
TOKENS = st.text(ascii_letters + digits + "-_.~+/", min_size=20, max_size=200).filter(lambda text: len(set(text)) > 8)
FORMS = st.sampled_from(
    [
        "+ {}",
        "a1 NO {}",
        "a1 BAD [ALERT] cannot parse LOGIN u {}",
        "* OK {}",
        "* BYE [UNAVAILABLE] {}",
        "* CAPABILITY IMAP4rev1 X={}",
        '* ID ("x" "{}")',
        "* 1 FETCH (FLAGS ({}))",
        "{}",
    ]
)


def listened(kept: list[SpokenLine], secret: str = "pass", greeting: str = "* PREAUTH hi") -> ImapConnection:
    """A greeted connection with somebody who listens."""
    connection = ImapConnection()
    connection.outgoing.listener = ImapScript(Tap("a", True, kept.append), Credentials("u", secret).secrets)
    connection.receive_data(greeting.encode() + b"\r\n")
    return connection


def conversation(
    kept: list[SpokenLine], command: Command[object], secret: str, heard: list[str], greeting: str
) -> None:
    """Send a command, and let the server say all of it."""
    connection = listened(kept, secret, greeting)
    connection.send(command)
    for line in heard:
        octets = line.replace("\r", " ").replace("\n", " ").replace("\0", " ").encode("utf-8", "replace")
        try:
            connection.receive_data(octets + b"\r\n")
        except ImapError:
            return


def holds(kept: list[SpokenLine], secret: str) -> list[str]:
    """The lines in which the secret can be found."""
    return [line.text for line in kept if secret in line.text or echoes((secret,), line.text)]


@given(PASSWORDS, st.lists(st.tuples(FORMS, st.sampled_from(list(writings("x")))), max_size=5), st.booleans())
def test_a_password_is_in_no_line(password: str, answers: list[tuple[str, str]], by_login: bool) -> None:
    kept: list[SpokenLine] = []
    credentials = Credentials("u", password)
    command = Login(credentials) if by_login else Authenticate("PLAIN", credentials)
    said = writings(password)
    answered = [form.format(said[name]) for form, name in answers]
    conversation(kept, command, password, answered, "* OK [CAPABILITY IMAP4rev1] hello")
    assert kept
    assert holds(kept, password) == []


@given(
    TOKENS, st.lists(st.tuples(FORMS, st.sampled_from(list(writings("x")))), max_size=5), st.booleans(), st.booleans()
)
def test_a_token_is_in_no_line(token: str, answers: list[tuple[str, str]], at_once: bool, is_google: bool) -> None:
    kept: list[SpokenLine] = []
    command = Authenticate("XOAUTH2" if is_google else "OAUTHBEARER", Credentials("u", access_token=token))
    said = writings(token)
    capabilities = "IMAP4rev1 SASL-IR" if at_once else "IMAP4rev1"
    heard = ["+ ", *(form.format(said[name]) for form, name in answers)]
    conversation(kept, command, token, heard, f"* OK [CAPABILITY {capabilities}] hello")
    assert holds(kept, token) == []


@given(st.binary(min_size=20, max_size=200), st.booleans())
def test_nothing_of_a_message_that_is_uploaded_is_shown(message: bytes, is_asked_for: bool) -> None:
    kept: list[SpokenLine] = []
    offered = "BINARY" if is_asked_for else "BINARY LITERAL+"
    connection = listened(kept, greeting=f"* PREAUTH [CAPABILITY IMAP4rev1 {offered}] hi")
    connection.send(Append("Sent", message))
    connection.receive_data(b"+ go on\r\n")
    assert message in b"".join(connection.data_to_send())
    assert [line.text for line in kept if line.kind == "sent"] == [f"a1 APPEND Sent {{{len(message)}}}"]


@given(st.text(ascii_letters, min_size=8, max_size=40), st.sampled_from(["literal", "quoted", "atom"]))
def test_nothing_of_a_message_that_is_fetched_is_shown(content: str, written: str) -> None:
    kept: list[SpokenLine] = []
    connection = listened(kept)
    value = {"literal": f"{{{len(content)}}}\r\n{content}", "quoted": f'"{content}"', "atom": content}[written]
    connection.receive_data(f'* 1 FETCH (UID 1 BODY[] {value} ENVELOPE (NIL "{content}"))\r\n'.encode())
    assert content not in kept[-1].text
    assert "* 1 FETCH (UID 1 BODY[] " in kept[-1].text


def test_a_closed_tap_keeps_nothing() -> None:
    kept: list[SpokenLine] = []
    connection = ImapConnection()
    connection.outgoing.listener = script = ImapScript(Tap("a", False, kept.append), Credentials("u", "pass").secrets)
    connection.receive_data(b"* PREAUTH hi\r\n")
    connection.send(Noop())
    script.secured()
    script.ended(EOFError())
    assert kept == []
    ImapScript(NO_TAP, Credentials("u", "pass").secrets).ended(EOFError())


def test_listening_begins_in_the_middle_of_idle_and_not_of_a_sign_in() -> None:
    kept: list[SpokenLine] = []
    tap = Tap("a", False, kept.append)
    connection = ImapConnection()
    connection.outgoing.listener = ImapScript(tap, Credentials("u", "pass").secrets)
    connection.receive_data(b"* OK [CAPABILITY IMAP4rev1] hi\r\n")
    connection.send(Authenticate("PLAIN", Credentials("u", "pass")))
    tap.is_on = True
    connection.receive_data(b"+ challenge\r\na1 OK in\r\n")
    assert kept == []
    tap.is_on = False
    connection.send(Idle())
    connection.receive_data(b"+ idling\r\n")
    tap.is_on = True
    connection.receive_data(b"* 3 EXISTS\r\n")
    connection.end_idle()
    connection.receive_data(b"a2 OK done\r\n")
    assert [line.text for line in kept] == ["* 3 EXISTS", "DONE", "a2 OK done"]


def test_notes() -> None:
    kept: list[SpokenLine] = []
    script = ImapScript(Tap("a", True, kept.append), Credentials("u", "secret-word").secrets)
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as to,
    ):
        assert peer_of(to) == f"127.0.0.1:{server.getsockname()[1]}"
        assert peer_of(ours) == "a server that has left"
        script.connected(to)
    script.secured("TLSv1.3", "AES")
    script.ended(ConnectionResetError("The server said secret-word"))
    script.ended(TimeoutError())
    assert [line.text for line in kept][1:2] == ["encrypted with TLSv1.3, AES"]
    assert kept[-1].text == "ended: TimeoutError"
    assert "secret-word" not in kept[-2].text
    assert {line.kind for line in kept} == {"note"}


@pytest.mark.parametrize("peer", ["::1"])
def test_an_address_of_version_6_is_in_brackets(peer: str) -> None:
    try:
        server = socket.create_server((peer, 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server, socket.create_connection(server.getsockname()[:2]) as to:
        assert peer_of(to).startswith("[::1]:")
