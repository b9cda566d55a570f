"""Every error carries its verdict: a code, when to try again, and what to do."""

from __future__ import annotations

import pytest

from postroom.errors import (
    OutcomeUnknown,
    Permanent,
    PostroomError,
    StorageDamaged,
    StorageFailed,
    StorageUnavailable,
    Transient,
    Unauthorized,
)


def test_an_error_says_what_it_was_told() -> None:
    error = Permanent("It is gone.", cure="Make it anew.", code="Gone", retry_after=2.5)
    assert (str(error), error.message, error.cure, error.code, error.retry_after) == (
        "It is gone.",
        "It is gone.",
        "Make it anew.",
        "Gone",
        2.5,
    )


@pytest.mark.parametrize(
    "kind",
    [PostroomError, Transient, Permanent, Unauthorized, StorageUnavailable, StorageDamaged, OutcomeUnknown],
)
def test_each_kind_has_its_own_code(kind: type[PostroomError]) -> None:
    error = kind("failed")
    assert error.code == kind.__name__
    assert (error.cure, error.retry_after) == ("", None)


def test_a_code_of_one_error_is_not_that_of_the_next() -> None:
    Permanent("failed", code="Special")
    assert Permanent("failed").code == "Permanent"


def test_who_cares_only_whether_to_try_again_catches_storage_too() -> None:
    for kind in (StorageUnavailable, StorageDamaged, OutcomeUnknown):
        assert issubclass(kind, StorageFailed)
        assert issubclass(kind, Transient)
    assert not issubclass(OutcomeUnknown, StorageUnavailable)
    assert not issubclass(Unauthorized, Transient | Permanent)
