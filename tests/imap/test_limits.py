"""The one error for more than an honest server sends."""

from __future__ import annotations

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import LimitExceeded


def test_the_error_names_what_there_was_too_much_of_and_the_limit() -> None:
    error = LimitExceeded.of("folders", 10_000)
    assert str(error) == "The server sent more than 10,000 folders"
    assert isinstance(error, RemoteProtocolError)
