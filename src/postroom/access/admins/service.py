"""The operator: the first password, signing in, the authenticator app, and the way back in from the terminal."""

from __future__ import annotations

import hmac
import secrets as random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn

import sqlalchemy as sa

from postroom.access.admins import store
from postroom.access.admins.attempts import count, forgive, too_many
from postroom.access.admins.codes import code_hash, new_code, new_recovery_codes
from postroom.access.admins.model import (
    OPERATOR,
    Admin,
    AdminRefused,
    AdminSession,
    AdminStanding,
    Browser,
    NotNow,
    OpenedSession,
    WrongPassword,
)
from postroom.access.admins.password_rules import password_fault
from postroom.access.admins.passwords import hash_password, verify_password
from postroom.access.admins.sessions import new_cookie, open_in
from postroom.access.admins.totp import enrolment_url, new_secret, step_of
from postroom.clock import now_ms
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, WrongKey

__all__ = ["Admins", "Enrolment"]

_CONTEXT: Final = f"admin:{OPERATOR}"
_ENROLMENT: Final = "admin enrolment:{}"
_DEVICE: Final = "admin device"
_DEVICE_BYTES: Final = 16
_ISSUER: Final = "Postroom"
log = get_logger("dashboard")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new authenticator app, not yet in use. `sealed` comes back with the first code, and proves the secret."""

    secret: str = field(repr=False)
    url: str = field(repr=False)
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Second:
    """A second proof: the time step of a code, or the hash of a recovery code; neither when none is asked for."""

    step: int | None = None
    recovery: str | None = None


class Admins:
    """The operator of one installation, over its database. Attempts are counted, and each outcome is logged."""

    def __init__(self, db: Database, box: SecretBox, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._box = box
        self._clock = clock

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

        def work(conn: sa.Connection) -> bool:
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

        def work(conn: sa.Connection) -> None:
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

        def work(conn: sa.Connection) -> None:
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
        await self._count(browser)
        hashed, now, cookie, sent = await hash_password(password), self._clock(), new_cookie(), code_hash(code)

        def work(conn: sa.Connection) -> AdminSession | None:
            found = store.admin(conn, lock=True)
            if found.code is None or not hmac.compare_digest(found.code, sent):
                return None
            store.put_admin(conn, Admin(password=hashed, version=found.version + 1, changed_at=now))
            store.end_sessions(conn)
            forgive(conn, browser)
            return open_in(conn, OPERATOR, "password", browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            self._refuse(browser, "The code is wrong, or it was used already.")
        log.info("the password of the dashboard was set", address=browser.address)
        return OpenedSession(session, cookie)

    async def sign_in(self, password: str, code: str, browser: Browser) -> OpenedSession:
        """Open a session for the right password, and the right code where one is asked for.

        Raises AdminRefused, TooManyAttempts.
        """
        known, second = await self._prove(password, code, browser)
        now, cookie = self._clock(), new_cookie()

        def work(conn: sa.Connection) -> AdminSession | None:
            if not _use(conn, known.version, second):
                return None
            forgive(conn, browser)
            return open_in(conn, OPERATOR, "password", browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            self._refuse(browser, _wrong(known))
        log.info("signed in to the dashboard", by=OPERATOR, way="password", address=browser.address)
        return OpenedSession(session, cookie)

    async def change_password(
        self, password: str, code: str, wanted: str, browser: Browser, now_in: AdminSession
    ) -> OpenedSession:
        """Set a new password, end all sessions, and open a new one in place of `now_in`.

        Raises WrongPassword, AdminRefused, TooManyAttempts.
        """
        _check(wanted)
        known, second = await self._prove(password, code, browser)
        hashed, now, cookie = await hash_password(wanted), self._clock(), new_cookie()

        def work(conn: sa.Connection) -> AdminSession | None:
            if not _use(conn, known.version, second):
                return None
            found = store.admin(conn, lock=True)
            store.put_admin(conn, replace(found, password=hashed, version=found.version + 1, changed_at=now))
            store.end_sessions(conn)
            forgive(conn, browser)
            return open_in(conn, now_in.name, now_in.way, browser, now, cookie)

        session = await self._db.write(work)
        if session is None:
            self._refuse(browser, _wrong(known))
        log.info("the password of the dashboard was changed", by=now_in.name, address=browser.address)
        return OpenedSession(session, cookie)

    def enrol(self, session: AdminSession) -> Enrolment:
        """Return a new secret for an authenticator app. Nothing is stored before `confirm`."""
        secret = new_secret()
        sealed = self._box.seal(secret, _ENROLMENT.format(session.id))
        return Enrolment(secret, enrolment_url(secret, OPERATOR, _ISSUER), sealed)

    def resume(self, session: AdminSession, sealed: str) -> Enrolment:
        """Return the enrolment that a page of this session was about. Raises NotNow."""
        try:
            secret = self._box.open(sealed, _ENROLMENT.format(session.id))
        except WrongKey:
            raise NotNow("This page is too old. Begin again.") from None
        return Enrolment(secret, enrolment_url(secret, OPERATOR, _ISSUER), sealed)

    async def confirm(
        self, session: AdminSession, enrolment: Enrolment, password: str, code: str, browser: Browser
    ) -> tuple[str, ...]:
        """Use the authenticator app from now on; return the recovery codes. Other sessions end.

        Raises AdminRefused, TooManyAttempts, NotNow.
        """
        known = await self._check_password(password, browser)
        step = step_of(enrolment.secret, code, self._clock())
        if step is None:
            self._refuse(browser, "The code is not the one that the authenticator app shows now.")
        codes, now = new_recovery_codes(), self._clock()
        sealed, hashes = self._box.seal(enrolment.secret, _CONTEXT), tuple(map(code_hash, codes))

        def work(conn: sa.Connection) -> bool:
            found = store.admin(conn, lock=True)
            if found.version != known.version or found.sealed is not None:
                return False
            store.put_admin(conn, replace(found, sealed=sealed, totp_step=step, recovery=hashes, changed_at=now))
            store.end_sessions(conn, session.id)
            forgive(conn, browser)
            return True

        if not await self._db.write(work):
            raise NotNow("The password was changed meanwhile, or there is an authenticator app already.")
        log.info("an authenticator app guards the dashboard", by=session.name, address=browser.address)
        return codes

    async def new_recovery(self, session: AdminSession, password: str, code: str, browser: Browser) -> tuple[str, ...]:
        """Replace the recovery codes and return the new ones. Raises AdminRefused, TooManyAttempts."""
        codes = new_recovery_codes()
        await self._change(password, code, browser, lambda found: replace(found, recovery=tuple(map(code_hash, codes))))
        log.info("the recovery codes of the dashboard were replaced", by=session.name, address=browser.address)
        return codes

    async def remove_authenticator(self, session: AdminSession, password: str, code: str, browser: Browser) -> None:
        """Ask for no code from now on. Raises AdminRefused, TooManyAttempts."""
        await self._change(password, code, browser, lambda found: replace(found, sealed=None, recovery=()))
        log.warning("no authenticator app guards the dashboard any more", by=session.name, address=browser.address)

    async def _change(self, password: str, code: str, browser: Browser, change: Callable[[Admin], Admin]) -> None:
        known, second = await self._prove(password, code, browser)

        def work(conn: sa.Connection) -> bool:
            if not _use(conn, known.version, second):
                return False
            found = store.admin(conn, lock=True)
            store.put_admin(conn, replace(change(found), changed_at=self._clock()))
            forgive(conn, browser)
            return True

        if not await self._db.write(work):
            self._refuse(browser, _wrong(known))

    async def _prove(self, password: str, code: str, browser: Browser) -> tuple[Admin, _Second]:
        """Return the operator and the second proof. Raises AdminRefused, TooManyAttempts."""
        known = await self._check_password(password, browser, hidden=True)
        second = self._second(known, code)
        if known.password is None or second is None:
            self._refuse(browser, _wrong(known))
        return known, second

    async def _check_password(self, password: str, browser: Browser, *, hidden: bool = False) -> Admin:
        """Return the operator. A wrong password raises, or with `hidden` returns an operator without one."""
        await self._count(browser)
        known = await self._db.read(store.admin)
        if await verify_password(known.password, password):
            return known
        if not hidden:
            self._refuse(browser, "The password is wrong.")
        return replace(known, password=None)

    def _second(self, known: Admin, code: str) -> _Second | None:
        if known.sealed is None:
            return _Second()
        secret = self._box.open_for("the dashboard", known.sealed, _CONTEXT)
        step = step_of(secret, code, self._clock(), known.totp_step)
        if step is not None:
            return _Second(step=step)
        hashed = code_hash(code)
        found = [each for each in known.recovery if hmac.compare_digest(each, hashed)]
        return _Second(recovery=hashed) if found else None

    async def _count(self, browser: Browser) -> None:
        """Count an attempt. Raises TooManyAttempts."""
        now = self._clock()
        wait = await self._db.write(lambda conn: count(conn, browser, now))
        if wait:
            log.warning("an attempt to sign in to the dashboard must wait", address=browser.address, wait=wait // 1000)
            raise too_many(wait)

    def _refuse(self, browser: Browser, words: str) -> NoReturn:
        log.warning("refused at the dashboard", address=browser.address, reason=words)
        raise AdminRefused(words)


def _wrong(known: Admin) -> str:
    """Return the words of a refusal, which are the same for a wrong password, a wrong code and a used one."""
    return "The password or the code is wrong. A code works once." if known.sealed else "The password is wrong."


def _check(password: str) -> None:
    fault = password_fault(password)
    if fault is not None:
        raise WrongPassword(fault)


def _use(conn: sa.Connection, version: int, second: _Second) -> bool:
    """Use up the second proof; say whether it was unused, and the password is still the same."""
    found = store.admin(conn, lock=True)
    if found.version != version:
        return False
    if second.step is not None:
        if found.totp_step is not None and second.step <= found.totp_step:
            return False
        store.put_admin(conn, replace(found, totp_step=second.step))
    elif second.recovery is not None:
        if second.recovery not in found.recovery:
            return False
        left = tuple(each for each in found.recovery if each != second.recovery)
        store.put_admin(conn, replace(found, recovery=left))
    elif found.sealed is not None:
        # The authenticator app was set up since the password was checked.
        return False
    return True
