"""Who may come in with OpenID Connect."""

from __future__ import annotations

import pytest

from postroom.access.admins.admission import Admission
from postroom.access.admins.model import AdminRefused

JO = {"sub": "1", "email": "Jo@Example.com", "email_verified": True}
BY_ADDRESS = Admission(("jo@example.com",))
BY_DOMAIN = Admission(("@example.com",))
BY_GROUP = Admission((), "groups=mail admins")


@pytest.mark.parametrize("admission", [BY_ADDRESS, BY_DOMAIN])
def test_a_verified_address(admission: Admission) -> None:
    assert admission.name_of(JO) == "Jo@Example.com"


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_proves_nothing(verified: object) -> None:
    with pytest.raises(AdminRefused, match="has verified"):
        BY_ADDRESS.name_of({**JO, "email_verified": verified})


@pytest.mark.parametrize(
    "email", ["jo@example.com.evil.example", "jo@evilexample.com", "x@sub.example.com", "@example.com@evil.example", ""]
)
def test_an_address_that_only_looks_alike(email: str) -> None:
    for admission in (BY_ADDRESS, BY_DOMAIN):
        with pytest.raises(AdminRefused, match="may not use"):
            admission.name_of({**JO, "email": email})


def test_a_claim() -> None:
    assert BY_GROUP.name_of({"sub": "1", "groups": ["a", "mail admins"]}) == "1"
    assert BY_GROUP.name_of({"preferred_username": "jo", "groups": "mail admins"}) == "jo"
    for groups in ("mail admins2", ["a"], {"mail admins": 1}, None, [["mail admins"]]):
        with pytest.raises(AdminRefused):
            BY_GROUP.name_of({"sub": "1", "groups": groups})


def test_nobody_comes_in_without_a_rule() -> None:
    with pytest.raises(AdminRefused):
        Admission().name_of({**JO, "": ""})


def test_the_name_cannot_forge_a_line_of_the_log() -> None:
    name = BY_GROUP.name_of({"email": "jo\n2026 signed in@example.com", "groups": ["mail admins"]})
    assert "\n" not in name
