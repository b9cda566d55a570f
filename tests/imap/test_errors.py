"""Errors say what happened, where, and nothing secret."""

from __future__ import annotations

from postroom.imap.errors import CommandFailed, ImapError, RemoteProtocolError
from postroom.imap.limits import LimitExceeded
from postroom.imap.responses import ResponseCode


def test_a_refused_command_says_what_the_server_said() -> None:
    error = CommandFailed("NO", ResponseCode("AUTHENTICATIONFAILED"), "Invalid credentials", "LOGIN")
    assert str(error) == "LOGIN failed: NO [AUTHENTICATIONFAILED] Invalid credentials"
    assert (error.status, error.text, error.command) == ("NO", "Invalid credentials", "LOGIN")


def test_a_refusal_without_words() -> None:
    assert str(CommandFailed("BAD", None, "", "ENABLE")) == "ENABLE failed: BAD"


def test_a_malformed_response_is_shown_from_the_place_of_the_fault() -> None:
    error = RemoteProtocolError.at(5, b"01234" + b"x" * 100, "trouble", elided=10)
    assert str(error) == f"trouble at octet 15 of the server's response, near {b'x' * 40!r}"
    assert error.offset == 15


def test_all_are_imap_errors() -> None:
    assert issubclass(RemoteProtocolError, ImapError)
    assert issubclass(CommandFailed, ImapError)
    assert isinstance(LimitExceeded.at(0, b"", "x"), LimitExceeded)
