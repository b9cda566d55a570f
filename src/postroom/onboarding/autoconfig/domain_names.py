"""The registered domain of a host, by the Public Suffix List."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["registered_domain"]


def registered_domain(host: str) -> str | None:
    """Return the registered domain of a host, `example.co.uk` for `mx1.example.co.uk`; None when there is none."""
    return _suffixes().privatesuffix(host)


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list that comes with the library. It takes 4 MiB, so it is loaded on first use."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
