"""The names that stand for roles: each for one role, and each found in whatever case."""

from __future__ import annotations

import pytest

from postroom.mail.role_names import ROLE_NAMES
from postroom.mail.roles import SPECIAL_USES, Role, assign_roles


def test_every_known_name_stands_for_one_role() -> None:
    names = [name.casefold() for names in ROLE_NAMES.values() for name in names]
    assert len(names) == len(set(names))
    assert set(ROLE_NAMES) <= set(SPECIAL_USES)


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_every_name_is_found_in_capitals_too(role: str) -> None:
    for name in ROLE_NAMES[role]:
        assert assign_roles([(name.upper(), "/", ())], {}) == {name.upper(): Role(role, "name")}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_the_earlier_name_wins(role: str) -> None:
    first, *others = ROLE_NAMES[role]
    assert assign_roles([(name, "/", ()) for name in (*others, first)], {}) == {first: Role(role, "name")}
