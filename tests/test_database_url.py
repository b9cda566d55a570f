"""URLs of databases: passwords that break them, and passwords that need no escapes."""

from __future__ import annotations

import pytest

from postroom.database_url import check_hosts, with_password


@pytest.mark.parametrize("url", ["postgresql://u:a/b@h:5432/db", "postgresql://u@h:x/db", "postgresql://u@h,g:y/db"])
def test_a_url_that_its_password_breaks_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="POSTROOM_DATABASE_PASSWORD") as refused:
        check_hosts(url)
    assert url not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://u:p@h:5432/db", "postgresql://u@[::1]:5432/db", "postgresql://h,g/db"])
def test_other_urls_are_taken(url: str) -> None:
    check_hosts(url)


def test_a_password_is_escaped_and_takes_the_place_of_another() -> None:
    assert with_password("postgresql://u:old@h:5/db?a=b", "a/b@c") == "postgresql://u:a%2Fb%40c@h:5/db?a=b"
