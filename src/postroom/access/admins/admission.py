"""Which people an OpenID Connect provider may send: rules about the claims of their id_token. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from postroom.access.admins.model import AdminRefused
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import take_in

__all__ = ["Admission"]

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may come in: `emails` are addresses and domains (`@example.com`), `claim` is `name=value`, or empty.

    An address counts only if the provider says that it has verified it.
    """

    emails: tuple[str, ...] = ()
    claim: str = ""

    def name_of(self, claims: Mapping[str, object]) -> str:
        """Return the name of a person who may come in. Raises AdminRefused."""
        email = claims.get("email")
        known = next(
            (value for value in (email, claims.get("preferred_username"), claims.get("sub")) if isinstance(value, str)),
            "somebody without a name",
        )
        name = take_in(known, longest=_LONGEST_NAME)
        if self._has_claim(claims) or (isinstance(email, str) and self._has_email(email, claims)):
            return name
        if isinstance(email, str) and self.emails and claims.get("email_verified") is not True:
            raise AdminRefused(f"The provider does not say that it has verified the address of {name}.")
        raise AdminRefused(f"{name} may not use this dashboard.")

    def _has_claim(self, claims: Mapping[str, object]) -> bool:
        name, _, value = self.claim.partition("=")
        found = claims.get(name.strip()) if name else None
        wanted = value.strip()
        return found == wanted or (isinstance(found, list) and wanted in found)

    def _has_email(self, email: str, claims: Mapping[str, object]) -> bool:
        if claims.get("email_verified") is not True:
            return False
        address = email.lower()
        allowed = {each.lower() for each in self.emails}
        return address in allowed or f"@{address.rpartition('@')[2]}" in allowed
