"""Names of domains: how DNS writes them (IDNA 2008), and which of them somebody has registered (Public Suffix List)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["ascii_name", "registered_domain"]


def ascii_name(name: str) -> str:
    """Return a name in lower case as DNS writes it, without a dot at its end; empty when it cannot be written so."""
    # Here and not above: its tables are for names in other scripts, which are rare.
    import idna

    name = name.strip().rstrip(".\u3002")
    if name.isascii():
        return name.lower()
    try:
        # As browsers and mail programs do it: folded by UTS 46, and without its transitional spellings.
        return idna.encode(name, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def registered_domain(host: str) -> str | None:
    """Return the domain that a host belongs to, `example.co.uk` for `mx1.example.co.uk`; None when there is none."""
    return _suffixes().privatesuffix(host)


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the library; it takes 4 MiB, so it is read by the first who asks."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
