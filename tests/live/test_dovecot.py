"""The test suite's Dovecot does what its docstrings promise."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.live.dovecot import Dovecot, DovecotOptions, capabilities_without

pytestmark = pytest.mark.dovecot

MESSAGE = b"From: a@example.test\r\nSubject: hello\r\n\r\nhello\r\n"


class Login(Protocol):
    def __call__(self, dovecot: Dovecot, user: str, password: str | None = None) -> imaplib.IMAP4: ...


@pytest.fixture
def login() -> Iterator[Login]:
    """Logs in with imaplib; every connection is closed after the test."""
    with contextlib.ExitStack() as stack:

        def enter(dovecot: Dovecot, user: str, password: str | None = None) -> imaplib.IMAP4:
            session = imaplib.IMAP4(dovecot.host, dovecot.port, timeout=10)
            stack.callback(session.sock.close)
            stack.callback(session.file.close)
            # imaplib speaks ASCII otherwise and cannot send every password.
            session._encoding = "utf-8"  # type: ignore[attr-defined]
            session.login(user, dovecot.password if password is None else password)
            return session

        yield enter


def test_any_user_logs_in_and_sees_delivered_mail_with_its_flags(dovecot: Dovecot, login: Login) -> None:
    dovecot.deliver("deliver@example.test", MESSAGE, flags=["\\Seen"])
    dovecot.deliver("deliver@example.test", MESSAGE, "My projects", copies=2)
    session = login(dovecot, "deliver@example.test")
    assert session.select()[1] == [b"1"]
    assert b"\\Seen" in session.fetch("1", "(FLAGS)")[1][0]  # type: ignore[operator]
    assert session.select('"My projects"')[1] == [b"2"]


def test_tls_and_starttls_are_trusted_through_the_authority_file(dovecot: Dovecot) -> None:
    with imaplib.IMAP4_SSL("localhost", dovecot.tls_port, ssl_context=dovecot.client_context()) as session:
        assert session.login("tls@example.test", dovecot.password)[0] == "OK"
    with imaplib.IMAP4(dovecot.host, dovecot.port) as session:
        session.starttls(dovecot.client_context())
        assert session.login("tls@example.test", dovecot.password)[0] == "OK"
    assert dovecot.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def test_wrong_password_is_refused_without_delay(dovecot: Dovecot, login: Login) -> None:
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            login(dovecot, "wrong@example.test", "not it")
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("password", ['a"b\\c d', "päßwörd €", "{PLAIN}x", "a:b%d$e", " "])
def test_own_password_replaces_the_common_one_at_once(dovecot: Dovecot, password: str, login: Login) -> None:
    user = "own@example.test"
    dovecot.set_password(user, password)
    login(dovecot, user, password).logout()
    with pytest.raises(imaplib.IMAP4.error):
        login(dovecot, user)
    dovecot.set_password(user, None)
    login(dovecot, user).logout()


def test_idle_reports_what_the_side_door_delivers(dovecot: Dovecot, login: Login) -> None:
    session = login(dovecot, "idle@example.test")
    session.select()
    session.send(b"a1 IDLE\r\n")
    assert session.readline().startswith(b"+")
    dovecot.deliver("idle@example.test", MESSAGE)
    assert session.readline() == b"* 1 EXISTS\r\n"


def test_connections_of_one_user_or_of_all_are_cut(dovecot: Dovecot, login: Login) -> None:
    first, second, other = (login(dovecot, f"kill{name}@example.test") for name in ("1", "1", "2"))
    assert dovecot.connection_count("kill1@example.test") == 2
    assert dovecot.kill_connections("kill1@example.test") == 2
    assert first.readline().startswith(b"* BYE")
    assert second.readline().startswith(b"* BYE")
    assert other.noop()[0] == "OK"
    assert dovecot.kill_connections(abruptly=True) >= 1
    assert other.readline() == b""


def test_restart_keeps_ports_and_mail_and_refuses_connections_meanwhile(login: Login) -> None:
    with Dovecot() as dovecot:
        dovecot.deliver("u1", MESSAGE)
        session = login(dovecot, "u1")
        dovecot.stop()
        assert session.readline().startswith(b"* BYE")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((dovecot.host, dovecot.port))
        dovecot.start()
        again = login(dovecot, "u1")
        assert again.select()[1] == [b"1"]
        dovecot.stop(abruptly=True)
        dovecot.start()
        login(dovecot, "u1").logout()
    assert not dovecot.folder.exists()


def test_options_change_capabilities_password_limit_and_anything_else(login: Login) -> None:
    options = DovecotOptions(
        password="other",
        mail_format="sdbox",
        imap_capability=capabilities_without("IDLE", "CONDSTORE", "QRESYNC"),
        mail_max_userip_connections=2,
        extra_config="login_greeting = A greeting of our own",
    )
    with Dovecot(options) as dovecot:
        dovecot.deliver("u1", MESSAGE)
        first = login(dovecot, "u1", "other")
        assert first.welcome.endswith(b"A greeting of our own")
        assert {"IDLE", "CONDSTORE", "QRESYNC"}.isdisjoint(first.capabilities)
        assert {"MOVE", "UIDPLUS"} <= set(first.capabilities)
        second = login(dovecot, "u1", "other")
        with pytest.raises(imaplib.IMAP4.error, match=re.escape("[LIMIT]")):
            login(dovecot, "u1", "other")
        assert second.noop()[0] == "OK"


def test_hibernated_connection_wakes_for_new_mail(login: Login) -> None:
    with Dovecot(DovecotOptions(imap_hibernate_timeout=1)) as dovecot:
        session = login(dovecot, "u1")
        session.select()
        session.send(b"a1 IDLE\r\n")
        session.readline()
        deadline = time.monotonic() + 10
        while dovecot._imap_processes(("imap",)):
            assert time.monotonic() < deadline, dovecot.log_text()
            time.sleep(0.05)
        assert dovecot.connection_count() == 1
        dovecot.deliver("u1", MESSAGE)
        assert session.readline() == b"* 1 EXISTS\r\n"


async def test_async_with_starts_and_removes_it(login: Login) -> None:
    async with Dovecot() as dovecot:
        login(dovecot, "u1").logout()
    assert not dovecot.folder.exists()
