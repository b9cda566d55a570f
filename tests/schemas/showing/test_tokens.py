"""What is shown of a token."""

from __future__ import annotations

from postroom.access.tokens import Token
from postroom.schemas.showing.tokens import token

BARE = Token(id="t1", description="for tests", scopes=("api",), created_at=0)


def test_what_a_token_has_not_is_left_out() -> None:
    shown = token(BARE)
    assert shown["access"] == {"time": None, "ip": None}
    assert not {"metadata", "permissions", "restrictions", "ip"} & shown.keys()


def test_addresses_are_its_restrictions() -> None:
    bound = Token(id="t1", description="d", scopes=("api",), created_at=0, addresses=("192.0.2.0/24",))
    assert token(bound)["restrictions"] == {"addresses": ["192.0.2.0/24"]}
