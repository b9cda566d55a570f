"""Registers, changes and removes accounts: consent, trial of the settings, then the change of the row."""

from __future__ import annotations

from contextlib import suppress

from postroom.accounts.model import AccountExists, AccountNotFound, InvalidAccount, Registered, Updated
from postroom.accounts.rights.allowed import ADMINISTRATOR, Changer
from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.requests import new_problems
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.consent.service import Consents, RevocableGrant
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import SignInReport, Verifier
from postroom.storage.sealing.secrets import SecretUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrations:
    """Registrations, changes and removals as the API offers them, including trials and grants."""

    accounts: Accounts
    consents: Consents
    trials: Trials
    verifier: Verifier

    async def begin_consent(
        self, account: str | None, body: Document, *, until: int | None, person: str | None = None
    ) -> str:
        """Keep a registration until its consent is given, at most until `until` (milliseconds); return the link to it.

        `person` is the address that must sign in, if only one may. Raises InvalidAccount, and the errors of a consent.
        """
        _demand_new(body)
        return await self.consents.begin(account, body, until=until, person=person)

    async def try_new(self, account: str | None, body: Document) -> list[SignInReport]:
        """Try the settings of a registration and return what each server said. Nothing is stored.

        Raises InvalidAccount.
        """
        body = await self.trials.follow(body)
        _demand_new(body)
        return await self.verifier.verify(settings_of(body), self.trials.of(account or "").prepare)

    async def try_change(self, account: str, change: Document, *, by: Changer = ADMINISTRATOR) -> list[SignInReport]:
        """Try the settings of an account as they would be after a change, and return what each server said.

        Nothing is stored. Raises AccountNotFound, InvalidAccount, SecretUnreadable, ChangeDenied.
        """
        change = await self.trials.follow(change)
        settings = await self.accounts.tried(account, change, by=by)
        trial = self.trials.of(account, await self._stored(account))
        return await self.verifier.verify(settings, trial.prepare)

    async def register(self, account: str | None, body: Document, *, verify: bool, upsert: bool) -> Registered:
        """Store a new account; with `verify`, only after its settings worked.

        Raises SignInFailed, AccountExists, InvalidAccount, StorageUnavailable.
        """
        oauth2 = body.get("oauth2")
        if oauth2:
            kept = {key: value for key, value in oauth2.items() if key not in ("authorize", "redirectUrl")}
            body = await self.trials.follow({**body, "oauth2": kept})
        if verify:
            body = await self._verified(account, body, upsert=upsert)
        return await self.accounts.register(account, body, upsert=upsert)

    async def change(
        self, account: str, change: Document, *, verify: bool, if_match: str | None, by: Changer
    ) -> Updated:
        """Store a change; with `verify`, only after the settings worked with it.

        Raises SignInFailed, AccountNotFound, InvalidAccount, AccountExists, VersionMismatch, ChangeDenied.
        """
        change = await self.trials.follow(change)
        if verify:
            change = await self._verified_change(account, change, by)
        return await self.accounts.update(account, change, if_match=if_match, by=by)

    async def remove(self, account: str, *, revoke: bool) -> bool:
        """Remove an account. With `revoke`, revoke its grant and return whether the provider accepted that.

        Raises AccountNotFound, StorageUnavailable.
        """
        # The grant is read first. Once the account is gone, the answer must not depend on the database.
        grant = await self._grant(account) if revoke else None
        await self.accounts.remove(account)
        return grant is not None and await self.consents.give_back(grant)

    async def _verified(self, account: str | None, body: Document, *, upsert: bool) -> Document:
        """Try the settings, after all checks that need no connection; return the document to store."""
        _demand_new(body)
        if account is not None and await self._exists(account):
            if not upsert:
                raise AccountExists("An account with this id already exists; use PUT to update it", account)
            # The account may be removed before it is read again.
            with suppress(AccountNotFound):
                return await self._verified_change(account, body, ADMINISTRATOR)
        trial = self.trials.of(account or "")
        await self.verifier.demand(settings_of(body), trial.prepare)
        return trial.take_over(body)

    async def _verified_change(self, account: str, change: Document, by: Changer) -> Document:
        """Try the settings with the change; return the change to store."""
        settings = await self.accounts.tried(account, change, by=by)
        trial = self.trials.of(account, await self._stored(account))
        await self.verifier.demand(settings, trial.prepare)
        return trial.take_over(change)

    async def _stored(self, account: str) -> AccountSettings | None:
        """Return the current settings, None when the secrets cannot be opened, because the change may repair them."""
        try:
            return await self.accounts.preview(account, {})
        except SecretUnreadable:
            return None

    async def _exists(self, account: str) -> bool:
        try:
            await self.accounts.get(account)
        except AccountNotFound:
            return False
        return True

    async def _grant(self, account: str) -> RevocableGrant | None:
        """Return the grant to revoke; None if there is none, or its secrets cannot be opened."""
        try:
            return await self.consents.grant_of(await self.accounts.preview(account, {}))
        except SecretUnreadable:
            return None


def _demand_new(body: Document) -> None:
    found = new_problems(body)
    if found:
        raise InvalidAccount(found)
