"""A person of the dashboard may do everything; nothing of the network makes somebody one."""

from __future__ import annotations

import pytest

from postroom.access.insiders import Insider, insider_in, naming, rights_of
from postroom.access.issuing import WantedToken, check_may_issue
from postroom.access.tokens import ACTIONS, Needs, check


def test_a_person_is_found_in_the_scope() -> None:
    assert insider_in({"type": "http", **naming("jo")}) == Insider("jo")


@pytest.mark.parametrize("scope", [{}, {"headers": [(b"postroom.insider", b"jo")]}, {"postroom.insider": "jo"}])
def test_others_are_none(scope: dict[str, object]) -> None:
    assert insider_in(scope) is None


def test_a_person_may_do_everything() -> None:
    rights = rights_of(Insider("jo"))
    for scope in ("api", "metrics"):
        for action in ACTIONS:
            check(rights, Needs(scope, "admin", action), "any account", None, None)
    check_may_issue(rights, WantedToken(scopes=("*",)))
    assert rights.id == "dashboard:jo"
