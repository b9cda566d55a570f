"""What is said of a database that cannot be opened: it is named, and what is known of it stays true."""

from __future__ import annotations

import pytest

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
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


@pytest.mark.parametrize("kind", [StorageUnavailable, OutcomeUnknown])
def test_a_failure_names_the_database_what_it_said_and_what_to_do_and_stays_what_it_is(
    kind: type[StorageFailed],
) -> None:
    url = "postgresql://ada:secret@db/x"
    with pytest.raises(kind) as caught, naming(url):
        raise kind("The database cannot be used now: connection refused", retry_after=1.0)
    assert type(caught.value) is kind
    assert str(caught.value) == f"Cannot use the database {shown(url)}: connection refused. {advice(url, caught.value)}"
    assert "secret" not in caught.value.message
    assert (caught.value.code, caught.value.retry_after) == (kind.code, 1.0)


def test_the_file_is_named_once() -> None:
    with pytest.raises(StorageUnavailable) as caught, naming("sqlite:////data/x.db"):
        raise StorageUnavailable("Cannot open the SQLite file /data/x.db: file is not a database")
    assert caught.value.message.startswith("Cannot use the database sqlite:////data/x.db: file is not a database. ")


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(ValueError, match="mine"), naming("sqlite:///x"):
        raise ValueError("mine")
