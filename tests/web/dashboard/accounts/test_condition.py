"""What somebody reads who must decide whether to act."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView, Waiting
from postroom.web.dashboard.accounts.condition import condition_of

REFUSED = LastError("[AUTH] no", "EAUTH", "login", None, "Send new credentials.")


def view(
    state: State,
    *,
    error: LastError | None = None,
    host: str = "imap.gmail.com",
    waiting: Waiting | None = None,
    **columns: Any,
) -> AccountView:
    row = AccountRow(1, "a", "A", "a@b", "imap", 0, "run", 1, 1, None, state, 0, 2, 99, None, 0)
    masked = {"imap": {"host": host, "port": 993, "auth": {"user": "a", "pass": "******"}}}
    return AccountView(row._replace(**columns), masked, error, None, None, {}, {}, waiting)


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_headline(state: State) -> None:
    found = condition_of(view(state))
    assert found.headline
    assert found.tone in ("ok", "busy", "wait", "bad", "idle")


def test_a_refused_sign_in_says_what_to_do_and_what_the_provider_wants() -> None:
    found = condition_of(view(State.AUTHENTICATION_ERROR, error=REFUSED))
    assert (found.tone, found.headline) == ("bad", "The server refuses the sign-in")
    assert (found.advice, found.said, found.where) == ("Send new credentials.", "[AUTH] no", "login, EAUTH")
    assert found.hint.startswith("Gmail: ")
    assert "app password" in found.hint
    assert (found.failures, found.next_attempt) == (2, 99)


def test_a_provider_that_nobody_knows_gives_no_hint() -> None:
    assert condition_of(view(State.AUTHENTICATION_ERROR, error=REFUSED, host="mail.firm.example")).hint == ""


def test_a_connected_account_shows_no_old_error() -> None:
    found = condition_of(view(State.CONNECTED, error=REFUSED))
    assert (found.tone, found.advice, found.said, found.next_attempt) == ("ok", "", "", None)


def test_an_account_that_was_given_up_is_not_tried_again() -> None:
    given_up = REFUSED._replace(description="Stopped after 3.0 days.")
    found = condition_of(view(State.AUTHENTICATION_ERROR, error=given_up, parked_revision=1))
    assert (found.headline, found.tone, found.reason) == ("Postroom has given up", "bad", "Stopped after 3.0 days.")
    assert found.next_attempt is None


def test_an_account_that_somebody_stopped_is_no_trouble() -> None:
    found = condition_of(view(State.CONNECT_ERROR, error=REFUSED, wanted="stopped"))
    assert (found.tone, found.said) == ("idle", "")
    assert "reconnects" in found.reason


def test_why_an_account_waits() -> None:
    assert condition_of(view(State.INIT, waiting=Waiting("its node is gone", 5))).reason == "its node is gone"
    assert "no mail server" in condition_of(view(State.UNSET)).reason
