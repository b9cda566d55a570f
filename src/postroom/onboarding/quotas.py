"""The quotas of stored accounts, asked on a side connection and remembered for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountView
from postroom.accounts.service import Accounts
from postroom.credentials.access_tokens import AccessTokens
from postroom.onboarding.quota_memory import Quota, QuotaMemory
from postroom.onboarding.verify import Verifier
from postroom.storage.sealing.secrets import SecretUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The quotas of this installation."""

    accounts: Accounts
    access: AccessTokens
    verifier: Verifier
    memory: QuotaMemory = field(default_factory=QuotaMemory)

    async def of(self, view: AccountView) -> Quota:
        """Ask the mail server, but only while the account is connected: a refused password is not tried for a number.

        Returns False without a quota, None when it cannot be asked now.
        """
        row = view.row
        if row.state is not State.CONNECTED:
            return None

        async def ask() -> Quota:
            try:
                full = await self.accounts.preview(row.account, {})
            except SecretUnreadable:
                return None
            return await self.verifier.quota(full, partial(self.access.prepare, row.account))

        return await self.memory.of(row.key, row.revision, ask)
