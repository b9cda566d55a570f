"""What the tests of the operator share: passwords, a browser, a clock, and an operator with an authenticator app."""

from __future__ import annotations

from collections.abc import Awaitable

import pyotp
import pytest

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import AdminRefused, Browser, OpenedSession
from postroom.access.admins.service import Admins
from postroom.storage.sealing.secrets import SecretBox

BOX = SecretBox(("a secret for tests",))
PASSWORD = "three unrelated words"
OTHER = "quite another sentence"
HERE = Browser("192.0.2.1", "Firefox", device="here")
NOW = 1_800_000_000_000


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def refused(work: Awaitable[object]) -> str:
    """Why it was refused."""
    with pytest.raises(AdminRefused) as caught:
        await work
    return str(caught.value)


async def with_app(
    admins: Admins, authenticator: Authenticator, clock: Clock
) -> tuple[OpenedSession, pyotp.TOTP, tuple[str, ...]]:
    """The password is set, and an authenticator app that has used the code of this moment."""
    await admins.adopt(PASSWORD)
    opened = await admins.sign_in(PASSWORD, "", HERE)
    enrolment = authenticator.enrol(opened.session)
    app = pyotp.TOTP(enrolment.secret)
    codes = await authenticator.confirm(opened.session, enrolment, PASSWORD, app.at(clock.now // 1000), HERE)
    return opened, app, codes
