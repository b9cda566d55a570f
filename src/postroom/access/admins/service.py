"""The operator: the first password, signing in, another password, and the way back in from the terminal."""

from __future__ import annotations

import hmac
import secrets as random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from postroom.access.admins import store
from postroom.access.admins.attempts import forgive
from postroom.access.admins.model import (
    OPERATOR,
    Admin,
    AdminSession,
    AdminStanding,
    Browser,
    OpenedSession,
    WrongPassword,
)
from postroom.access.admins.password_rules import password_fault
from postroom.access.admins.passwords import hash_password, verify_password
from postroom.access.admins.proof.codes import code_hash, new_code
from postroom.access.admins.proof.proving import Proving, refuse, wrong
from postroom.access.admins.proof.second import use
from postroom.access.admins.sessions import new_cookie, open_in
from postroom.clock import now_ms
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, WrongKey
from postroom.storage.statements.connection import Connection

__all__ = ["Admins"]

_DEVICE: Final = "admin device"
_DEVICE_BYTES: Final = 16
log = get_logger("dashboard")


class Admins:
    """The operator of one installation, over its database. Each outcome is logged."""

    def __init__(self, db: Database, box: SecretBox, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._box = box
        self._clock = clock
        self._proving = Proving(db, box, clock)

    def mark_device(self, browser: Browser) -> str:
        """Return the cookie by which a browser that has signed in is known again, also after its session."""
        return self._box.seal(browser.device or random.token_urlsafe(_DEVICE_BYTES), _DEVICE)

    def device_of(self, cookie: str) -> str | None:
        """Return the name of the browser with this cookie, None when we did not make it."""
        try:
            return self._box.open(cookie, _DEVICE)
        except WrongKey:
            return None

    async def standing(self) -> AdminStanding:
        """Return what pages may know of the operator."""
        found = await self._db.read(store.admin)
        return AdminStanding(
            has_password=found.password is not None,
            has_code=found.code is not None,
            has_authenticator=found.sealed is not None,
            recovery_codes=len(found.recovery),
            changed_at=found.changed_at,
        )

    async def first_code(self) -> str | None:
        """Make the code of a first visit and return it; None when there is a password or a code already."""
        known = await self._db.read(store.admin)
        if known.password is not None or known.code is not None:
            return None
        code = new_code()
        new = Admin(code=code_hash(code), changed_at=self._clock())

        def work(conn: Connection) -> bool:
            if store.add_admin(conn, new):
                return True
            found = store.admin(conn, lock=True)
            if found.password is not None or found.code is not None:
                return False
            store.put_admin(conn, replace(found, code=new.code))
            return True

        return code if await self._db.write(work) else None

    async def reset(self) -> str:
        """Return a new code, and forget the password, the authenticator app, all sessions and all failures."""
        code, now = new_code(), self._clock()

        def work(conn: Connection) -> None:
            version = store.admin(conn, lock=True).version
            store.put_admin(conn, Admin(code=code_hash(code), version=version + 1, changed_at=now))
            store.end_sessions(conn)
            store.forgive_all(conn)

        await self._db.write(work)
        log.warning("the password of the dashboard was reset; a new code sets the next one")
        return code

    async def adopt(self, password: str) -> None:
        """Make the password of the settings the operator's. Another one than before ends all sessions."""
        known = await self._db.read(store.admin)
        if await verify_password(known.password, password):
            return
        hashed, now = await hash_password(password), self._clock()

        def work(conn: Connection) -> None:
            found = store.admin(conn, lock=True)
            if found.version == known.version:
                store.put_admin(
                    conn, replace(found, password=hashed, code=None, version=found.version + 1, changed_at=now)
                )
                store.end_sessions(conn)

        await self._db.write(work)
        log.info("the password of the dashboard was set from POSTROOM_ADMIN_PASSWORD")

    async def begin(self, code: str, password: str, browser: Browser) -> OpenedSession:
        """Set the password with the code of the terminal, and open a session.

        Raises WrongPassword, AdminRefused, TooManyAttempts.
        """
        _check(password)
        await self._proving.count(browser)
        hashed, now, cookie, sent = await hash_password(password), self._clock(), new_cookie(), code_hash(code)

        def work(conn: Connection) -> AdminSession | None:
            found = store.admin(conn, lock=True)
            if found.code is None or not hmac.compare_digest(found.code, sent):
                return None
            store.put_admin(conn, Admin(password=hashed, version=found.version + 1, changed_at=now))
            store.end_sessions(conn)
            forgive(conn, browser)
            return open_in(conn, OPERATOR, "password", browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            refuse(browser, "The code is wrong, or it was used already.")
        log.info("the password of the dashboard was set", address=browser.address)
        return OpenedSession(session, cookie)

    async def sign_in(self, password: str, code: str, browser: Browser) -> OpenedSession:
        """Open a session for the right password, and the right code where one is asked for.

        Raises AdminRefused, TooManyAttempts.
        """
        known, second = await self._proving.prove(password, code, browser)
        now, cookie = self._clock(), new_cookie()

        def work(conn: Connection) -> AdminSession | None:
            if not use(conn, known.version, second):
                return None
            forgive(conn, browser)
            return open_in(conn, OPERATOR, "password", browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            refuse(browser, wrong(known))
        log.info("signed in to the dashboard", by=OPERATOR, way="password", address=browser.address)
        return OpenedSession(session, cookie)

    async def change_password(
        self, password: str, code: str, wanted: str, browser: Browser, now_in: AdminSession
    ) -> OpenedSession:
        """Set a new password, end all sessions, and open a new one in place of `now_in`.

        Raises WrongPassword, AdminRefused, TooManyAttempts.
        """
        _check(wanted)
        known, second = await self._proving.prove(password, code, browser)
        hashed, now, cookie = await hash_password(wanted), self._clock(), new_cookie()

        def work(conn: Connection) -> AdminSession | None:
            if not use(conn, known.version, second):
                return None
            found = store.admin(conn, lock=True)
            store.put_admin(conn, replace(found, password=hashed, version=found.version + 1, changed_at=now))
            store.end_sessions(conn)
            forgive(conn, browser)
            return open_in(conn, now_in.name, now_in.way, browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            refuse(browser, wrong(known))
        log.info("the password of the dashboard was changed", by=now_in.name, address=browser.address)
        return OpenedSession(session, cookie)


def _check(password: str) -> None:
    fault = password_fault(password)
    if fault is not None:
        raise WrongPassword(fault)
