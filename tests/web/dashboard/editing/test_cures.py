"""How the sign-in of an account is mended, by what it signs in with."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.settings.reading import settings_of
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.editing.cures import cure_of, needed_cure
from tests.accounts.bodies import body
from tests.accounts.rows import put_state

KINDS = {"g": "gmail", "s": "outlookService", "o": "oidc"}


@pytest.mark.parametrize(
    ("settings", "kind", "text"),
    [
        ({"imap": {"host": "h", "auth": {"user": "u"}}}, "password", "Enter the new password"),
        ({"smtp": {"host": "h", "auth": {"user": "u"}}}, "password", "Enter the new password"),
        ({"imap": {"host": "h", "useAuthServer": True}}, "auth_server", "Who gives the credentials"),
        ({"oauth2": {"provider": "g", "auth": {"user": "u"}}}, "consent", "Sign in again with Google"),
        ({"oauth2": {"provider": "o"}}, "consent", "Sign in again with the provider"),
        ({"oauth2": {"provider": "gone"}}, "consent", "Sign in again with the provider"),
        ({"oauth2": {"provider": "s"}}, "application", "Who gives the credentials"),
        ({"oauth2": {"provider": "g", "useAuthServer": True}}, "auth_server", "Who gives the credentials"),
        ({"oauth2": {"auth": {"delegatedUser": "u", "delegatedAccount": "x/y"}}}, "lender", "Repair x/y"),
        (
            {"oauth2": {"provider": "g"}, "imap": {"host": "h", "auth": {"user": "u"}}},
            "password",
            "Enter the new password",
        ),
    ],
)
def test_the_cure(settings: dict[str, Any], kind: str, text: str) -> None:
    cure = cure_of("a b", settings_of(settings), KINDS)
    whose = "x%2Fy" if kind == "lender" else "a%20b"
    assert (cure.kind, cure.text, cure.path) == (kind, text, f"/dashboard/accounts/{whose}/repair")


async def test_only_a_refused_sign_in_needs_one(desk: Desk) -> None:
    await desk.accounts.register("a", body())
    for state in State:
        await put_state(desk.accounts.db, "a", state)
        needed = needed_cure(await desk.accounts.get("a"), {})
        assert (needed is not None) is (state is State.AUTHENTICATION_ERROR)
    await put_state(desk.accounts.db, "a", State.AUTHENTICATION_ERROR)
    await desk.accounts.disconnect("a")
    assert needed_cure(await desk.accounts.get("a"), {}) is None
