"""A change to an account whose stored secrets may be unreadable: what must be sent, and what stays sealed. Pure.

Unreadable settings are changed in their masked form. A placeholder that is left after a change is a lost secret.
"""

from __future__ import annotations

from postroom.accounts.settings.placeholders import lost_secrets
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.settings.writing import split
from postroom.footprint.dataclass import dataclass
from postroom.storage.sealing.secrets import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Merging:
    """The settings before and after a change. Both are masked if the `sealed` secrets are `lost`."""

    before: AccountSettings
    after: AccountSettings
    warnings: list[str]
    sealed: str | None
    lost: SecretUnreadable | None

    @property
    def stays_sealed(self) -> bool:
        """Whether the unreadable secrets are stored again unchanged, in case their key is found."""
        return self.lost is not None and bool(lost_secrets(self.after))

    def unsent(self, change: Document) -> list[Problem]:
        """Return the lost secrets that are still missing after a change that sends or clears some of them.

        Such a change seals all secrets anew, so none may be missing. A change that touches no secret is allowed.
        """
        left = lost_secrets(self.after)
        if self.lost is None or (left == lost_secrets(self.before) and not split(settings_of(change))[1]):
            return []
        words = f"must be sent too, or cleared: what is stored cannot be opened. {self.lost.message}"
        return [Problem(path, f'"{path}" {words}') for path in left]
