"""Who signs in: an account or settings on trial, with the way to its credentials and the state of its token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, Protocol
from postroom.credentials.access_tokens import Prepared

__all__ = ["Prepare", "Principal"]

Prepare: TypeAlias = Callable[..., Awaitable[Prepared]]
"""`AccessTokens.prepare` of a stored account, or `Trial.prepare` of settings on trial."""


class Principal:
    """A stored account, or settings on trial, for any number of sign-ins.

    `account` is its id, empty for settings on trial. `settings` are used to sign in, and receive new tokens. `unseal`
    returns them with their secrets, on first need. `met` means that its server was reached before: if it greets late,
    there is no need to test whether it expects TLS.
    """

    __slots__ = ("_prepare", "_replaced", "_unseal", "account", "met", "renewable", "settings")

    def __init__(
        self,
        settings: AccountSettings,
        prepare: Prepare | None = None,
        *,
        account: str = "",
        unseal: Callable[[], AccountSettings] | None = None,
    ) -> None:
        self.account = account
        self.settings = settings
        self.renewable = False
        self.met = False
        self._prepare = prepare
        self._unseal = unseal
        self._replaced = False

    async def prepared(self, protocol: Protocol, refused: Secret | None = None) -> Prepared:
        """Return the credentials to sign in with. `refused` is an access token that the server refused.

        Delegated credentials are for one connection and are not kept. Raises the errors of `AccessTokens.prepare`, and
        SecretUnreadable.
        """
        if self._unseal is not None:
            self.settings, self._unseal = self._unseal(), None
        if self._prepare is None:
            return Prepared(self.settings)
        prepared = await self._prepare(self.settings, protocol=protocol, refused=refused)
        self.renewable = prepared.renewable
        self._replaced = self._replaced or refused is not None
        if not prepared.lent:
            self.settings = prepared.settings
        return prepared

    @property
    def may_replace(self) -> bool:
        """Whether a refused access token may be replaced: only once until the next successful sign-in."""
        return self.renewable and not self._replaced

    def signed_in(self) -> None:
        """Note a successful sign-in."""
        self.met = True
        self._replaced = False

    def beside(self) -> Principal:
        """Return a copy for further connections, which counts refusals for itself."""
        other = Principal(self.settings, self._prepare, account=self.account, unseal=self._unseal)
        other.met = self.met
        return other
