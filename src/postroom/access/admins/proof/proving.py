"""Checks the proofs of a visitor who wants to be the operator. Attempts are counted, and each refusal is logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from postroom.access.admins import store
from postroom.access.admins.attempts import count, too_many
from postroom.access.admins.model import Admin, AdminRefused, Browser
from postroom.access.admins.passwords import verify_password
from postroom.access.admins.proof.second import SecondProof, second_proof
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

__all__ = ["Proving", "refuse", "wrong"]

log = get_logger("dashboard")


class Proving:
    """The proofs of the operator of one installation, over its database."""

    def __init__(self, db: Database, box: SecretBox, clock: Callable[[], int]) -> None:
        self._db = db
        self._box = box
        self._clock = clock

    async def prove(self, password: str, code: str, browser: Browser) -> tuple[Admin, SecondProof]:
        """Return the operator and the second proof, which is to be used. Raises AdminRefused, TooManyAttempts."""
        known = await self._checked(password, browser)
        second = second_proof(self._box, known, code, self._clock())
        if known.password is None or second is None:
            refuse(browser, wrong(known))
        return known, second

    async def check_password(self, password: str, browser: Browser) -> Admin:
        """Return the operator, whose password this is. Raises AdminRefused, TooManyAttempts."""
        known = await self._checked(password, browser)
        if known.password is None:
            refuse(browser, "The password is wrong.")
        return known

    async def count(self, browser: Browser) -> None:
        """Count an attempt. Raises TooManyAttempts."""
        now = self._clock()
        wait = await self._db.write(lambda conn: count(conn, browser, now))
        if wait:
            log.warning("an attempt to sign in to the dashboard must wait", address=browser.address, wait=wait // 1000)
            raise too_many(wait)

    async def _checked(self, password: str, browser: Browser) -> Admin:
        """Count an attempt and return the operator; one without a password if this one is wrong."""
        await self.count(browser)
        known = await self._db.read(store.admin)
        return known if await verify_password(known.password, password) else replace(known, password=None)


def refuse(browser: Browser, words: str) -> NoReturn:
    """Log a refusal and raise AdminRefused."""
    log.warning("refused at the dashboard", address=browser.address, reason=words)
    raise AdminRefused(words)


def wrong(known: Admin) -> str:
    """Return the words of a refusal, which are the same for a wrong password, a wrong code and a used one."""
    return "The password or the code is wrong. A code works once." if known.sealed else "The password is wrong."
