"""The authenticator app of the operator and its recovery codes: set up, replaced, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import Final

from postroom.access.admins import store
from postroom.access.admins.attempts import forgive
from postroom.access.admins.model import OPERATOR, Admin, AdminSession, Browser, NotNow
from postroom.access.admins.proof.codes import code_hash, new_recovery_codes
from postroom.access.admins.proof.proving import Proving, refuse, wrong
from postroom.access.admins.proof.second import sealed_secret, use
from postroom.access.admins.proof.totp import enrolment_url, new_secret, step_of
from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, WrongKey
from postroom.storage.statements.connection import Connection

__all__ = ["Authenticator", "Enrolment"]

_CONTEXT: Final = "admin enrolment:{}"
_ISSUER: Final = "Postroom"
log = get_logger("dashboard")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new authenticator app, not yet in use. `sealed` comes back with the first code, and proves the secret."""

    secret: str = field(repr=False)
    url: str = field(repr=False)
    sealed: str = field(repr=False)


class Authenticator:
    """The authenticator app of the operator of one installation, over its database. Each outcome is logged."""

    def __init__(self, db: Database, box: SecretBox, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._box = box
        self._clock = clock
        self._proving = Proving(db, box, clock)

    def enrol(self, session: AdminSession) -> Enrolment:
        """Return a new secret for an authenticator app. Nothing is stored before `confirm`."""
        secret = new_secret()
        sealed = self._box.seal(secret, _CONTEXT.format(session.id))
        return Enrolment(secret, enrolment_url(secret, OPERATOR, _ISSUER), sealed)

    def resume(self, session: AdminSession, sealed: str) -> Enrolment:
        """Return the enrolment that a page of this session was about. Raises NotNow."""
        try:
            secret = self._box.open(sealed, _CONTEXT.format(session.id))
        except WrongKey:
            raise NotNow("This page is too old. Begin again.") from None
        return Enrolment(secret, enrolment_url(secret, OPERATOR, _ISSUER), sealed)

    async def confirm(
        self, session: AdminSession, enrolment: Enrolment, password: str, code: str, browser: Browser
    ) -> tuple[str, ...]:
        """Use the authenticator app from now on; return the recovery codes. Other sessions end.

        Raises AdminRefused, TooManyAttempts, NotNow.
        """
        known = await self._proving.check_password(password, browser)
        step = step_of(enrolment.secret, code, self._clock())
        if step is None:
            refuse(browser, "The code is not the one that the authenticator app shows now.")
        codes, now = new_recovery_codes(), self._clock()
        sealed, hashes = sealed_secret(self._box, enrolment.secret), tuple(map(code_hash, codes))

        def work(conn: Connection) -> bool:
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

    async def remove(self, session: AdminSession, password: str, code: str, browser: Browser) -> None:
        """Ask for no code from now on. Raises AdminRefused, TooManyAttempts."""
        await self._change(password, code, browser, lambda found: replace(found, sealed=None, recovery=()))
        log.warning("no authenticator app guards the dashboard any more", by=session.name, address=browser.address)

    async def _change(self, password: str, code: str, browser: Browser, change: Callable[[Admin], Admin]) -> None:
        known, second = await self._proving.prove(password, code, browser)

        def work(conn: Connection) -> bool:
            if not use(conn, known.version, second):
                return False
            found = store.admin(conn, lock=True)
            store.put_admin(conn, replace(change(found), changed_at=self._clock()))
            forgive(conn, browser)
            return True

        if not await self._db.write(work):
            refuse(browser, wrong(known))
