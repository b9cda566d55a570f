"""A change to an account, also where stored secrets cannot be opened: what it must bring, what stays sealed. Pure.

Such settings are worked on in their masked form, so a placeholder that is left after a change is a lost secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from postroom.accounts.settings.placeholders import lost_secrets
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.settings.writing import split
from postroom.storage.sealing.secrets import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Merging:
    """The settings before and after a change; both are masked when what is `sealed` is `lost`."""

    before: AccountSettings
    after: AccountSettings
    warnings: list[str]
    sealed: str | None
    lost: SecretUnreadable | None

    @property
    def stays_sealed(self) -> bool:
        """Whether what cannot be opened is stored again as it is, in case its key is found."""
        return self.lost is not None and bool(lost_secrets(self.after))

    def unsent(self, change: Document) -> list[Problem]:
        """Find the lost secrets that a change neither brings nor clears, though it brings or clears others.

        Then everything is sealed anew. A change that touches no secret at all may go through.
        """
        left = lost_secrets(self.after)
        if self.lost is None or (left == lost_secrets(self.before) and not split(settings_of(change))[1]):
            return []
        words = f"must be sent too, or cleared: what is stored cannot be opened. {self.lost.message}"
        return [Problem(path, f'"{path}" {words}') for path in left]
