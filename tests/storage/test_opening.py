"""What is said of a database that cannot be opened."""

from __future__ import annotations

import pytest

from postroom.errors import StorageUnavailable
from postroom.storage.opening import advice, naming, shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ada:p@ss@db/x", "postgresql://******@db/x"),
        ("postgresql://ada:p/ss@db/x", "postgresql://******@db/x"),
        ("postgresql://db/x?user=ada&password=pass", "postgresql://db/x?user=ada&password=******"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("sqlite:////data/ada@home/x.db", "sqlite:////data/ada@home/x.db"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_a_failure_names_the_database_what_it_said_and_what_to_do() -> None:
    url = "postgresql://ada:secret@db/x"
    with pytest.raises(StorageUnavailable) as caught, naming(url):
        raise StorageUnavailable("The database cannot be used now: connection refused", retry_after=1.0)
    assert str(caught.value) == f"Cannot use the database {shown(url)}: connection refused. {advice(url)}"
    assert caught.value.retry_after == 1.0


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(ValueError, match="mine"), naming("sqlite:///x"):
        raise ValueError("mine")
