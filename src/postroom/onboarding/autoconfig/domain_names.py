"""Names of domains: which of them somebody has registered (Public Suffix List)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["registered_domain"]


def registered_domain(host: str) -> str | None:
    """Return the domain that a host belongs to, `example.co.uk` for `mx1.example.co.uk`; None when there is none."""
    return _suffixes().privatesuffix(host)


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the library; it takes 4 MiB, so it is read by the first who asks."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
