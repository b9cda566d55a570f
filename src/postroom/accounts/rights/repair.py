"""A change to an account, also where stored secrets cannot be opened: what it must bring, what stays sealed. Pure.

Such a document is worked on in its masked form, so a placeholder that is left after a change stands for a lost secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from postroom.accounts.settings.document import Document, Problem, find_masked, split
from postroom.storage.sealing.secrets import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Merging:
    """The full documents before and after a change; both are masked when what is `sealed` is `lost`."""

    before: Document = field(repr=False)
    full: Document = field(repr=False)
    warnings: list[str]
    sealed: str | None
    lost: SecretUnreadable | None

    @property
    def stays_sealed(self) -> bool:
        """Whether what cannot be opened is stored again as it is, in case its key is found."""
        return self.lost is not None and bool(_placeholders(self.full))

    def unsent(self, change: Document) -> list[Problem]:
        """Find the lost secrets that a change neither brings nor clears, though it brings or clears others.

        Then everything is sealed anew. A change that touches no secret at all may go through.
        """
        left = _placeholders(self.full)
        if self.lost is None or (left == _placeholders(self.before) and not split(change)[1]):
            return []
        words = f"must be sent too, or cleared: what is stored cannot be opened. {self.lost.message}"
        return [Problem(path, f'"{path}" {words}') for path in left]


def _placeholders(document: Document) -> list[str]:
    return [problem.key for problem in find_masked(document)]
