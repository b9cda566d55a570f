"""A refusal does not say which proof was wrong; every attempt counts."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import Browser, TooManyAttempts
from postroom.access.admins.proof.proving import Proving
from postroom.access.admins.service import Admins
from postroom.storage.database import Database
from tests.access.admins.operators import BOX, HERE, OTHER, PASSWORD, Clock, refused, with_app


@pytest.fixture
def proving(db: Database, clock: Clock) -> Proving:
    return Proving(db, BOX, clock)


async def test_a_refusal_does_not_say_which_proof_was_wrong(
    admins: Admins, authenticator: Authenticator, proving: Proving, clock: Clock
) -> None:
    _, _, codes = await with_app(admins, authenticator, clock)
    words = {
        await refused(proving.prove(OTHER, codes[0], HERE)),
        await refused(proving.prove(PASSWORD, "000000", HERE)),
        await refused(proving.prove(OTHER, "000000", HERE)),
    }
    assert words == {"The password or the code is wrong. A code works once."}
    known, second = await proving.prove(PASSWORD, codes[0], HERE)
    assert known.recovery.count(second.recovery or "") == 1


async def test_without_a_password_nobody_is_the_operator(proving: Proving) -> None:
    assert await refused(proving.check_password("", HERE)) == "The password is wrong."
    assert await refused(proving.prove("", "", HERE)) == "The password is wrong."


async def test_every_attempt_counts(admins: Admins, proving: Proving) -> None:
    await admins.adopt(PASSWORD)
    stranger = Browser("192.0.2.9")
    for _ in range(5):
        await refused(proving.check_password(OTHER, stranger))
    with pytest.raises(TooManyAttempts), capture_logs():
        await proving.check_password(PASSWORD, stranger)
