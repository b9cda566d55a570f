"""A database that cannot be opened is named, and what is known of it stays true."""

from __future__ import annotations

import pytest

from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.storage.opening import naming

URL = "postgresql://jo:secret@db.example.test/postroom"


@pytest.mark.parametrize("kind", [StorageUnavailable, OutcomeUnknown])
def test_a_failure_names_the_database_and_stays_what_it_is(kind: type[StorageFailed]) -> None:
    with pytest.raises(kind) as caught, naming(URL):
        raise kind("The database cannot be used now: no route", retry_after=1.0)
    assert type(caught.value) is kind
    assert caught.value.message.startswith(
        "Cannot use the database postgresql://******@db.example.test/postroom: no route."
    )
    assert "secret" not in caught.value.message
    assert (caught.value.code, caught.value.retry_after) == (kind.code, 1.0)


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), naming(URL):
        raise ValueError("mine")
