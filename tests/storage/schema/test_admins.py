"""The secret of the authenticator app is sealed again when the key is rotated."""

from __future__ import annotations

import pyotp

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import Browser
from postroom.access.admins.service import Admins
from postroom.storage.database import Database
from postroom.storage.sealing.rotation import rotate
from postroom.storage.sealing.sealed import unreadable
from postroom.storage.sealing.secrets import SecretBox

PASSWORD = "three unrelated words"
HERE = Browser(device="here")


async def test_an_authenticator_app_outlives_its_key(db: Database) -> None:
    old = Admins(db, SecretBox(("old",)))
    await old.adopt(PASSWORD)
    session = (await old.sign_in(PASSWORD, "", HERE)).session
    authenticator = Authenticator(db, SecretBox(("old",)))
    enrolment = authenticator.enrol(session)
    app = pyotp.TOTP(enrolment.secret)
    now = old._clock() // 1000
    await authenticator.confirm(session, enrolment, PASSWORD, app.at(now - 30), HERE)
    both, new = SecretBox(("new", "old")), SecretBox(("new",))
    (lost,) = await unreadable(db, new, frozenset())
    assert lost.title == "the authenticator app of the dashboard's user 'admin'"
    assert (await rotate(db, both, frozenset()))["authenticator apps"] == 1
    assert await unreadable(db, new, frozenset()) == ()
    await Admins(db, new).sign_in(PASSWORD, app.at(now), HERE)
