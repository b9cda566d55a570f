"""What is known of an account has the shape that the reference promises, member by member."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import Counted, FolderError, LeftOut, SyncTold
from postroom.schemas import told

TIME = "2026-01-31T12:00:00.000Z"
ERROR = LastError("no", "AUTHENTICATIONFAILED", "login", TIME, "Check the password.", "Stopped.", {"method": "POST"})


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        (told.LastError, ERROR._replace(token_request=None).as_row()),
        (told.LastError, LastError("gone", "ECONNRESET").as_row()),
        (told.ServerInfo, ServerTold("ready", ["IMAP4rev1"], {"name": "Dovecot"}, "Dovecot", "TLSv1.3").as_row()),
        (told.ServerInfo, ServerTold("ready", [], None, None, None).as_row()),
        (told.SyncError, FolderError("a", TIME, "no").as_row()),
        (told.LeftOut, LeftOut(1, 2, ("a%0A",)).as_row()),
    ],
)
def test_what_is_stored_has_the_shape_of_answers(shape: Any, shown: dict[str, object]) -> None:
    assert TypeAdapter(shape).validate_python(shown) == shown
    assert set(shown) <= shape.__annotations__.keys()


def test_progress_has_its_shape() -> None:
    shown = SyncTold(Counted(1, 2), Counted(3, 4)).as_row()
    assert TypeAdapter(told.SyncProgress).validate_python(shown) == {
        "folders": {"done": 1, "total": 2},
        "messages": {"done": 3, "total": 4},
    }


def test_a_failed_token_request_names_what_was_asked() -> None:
    request = {"method": "POST", "grant": "refresh_token", "provider": "gmail", "scopes": ["https://mail.google.com/"]}
    assert TypeAdapter(told.TokenRequest).validate_python(request) == request
    with pytest.raises(ValidationError):
        TypeAdapter(told.TokenRequest).validate_python({"method": "POST"})
