"""What is known to be wrong with particular mail servers, as data, and how the sync goes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one server is to be treated; the defaults are those of a good one.

    `avoid` are capabilities that it offers and gets wrong. `idle_renewal` is the longest IDLE it bears, in seconds;
    `idles` False means that IDLE is missing or says nothing. `polls_by_select` is for servers that tell of new mail
    only to those who open the folder anew. `trusts_modseq` False: its mod-sequences are senseless; `settles_late`: it
    tells a HIGHESTMODSEQ before the changes that belong to it can be seen.
    """

    avoid: frozenset[str] = frozenset()
    idle_renewal: float | None = None
    idles: bool = True
    polls_by_select: bool = False
    trusts_modseq: bool = True
    settles_late: bool = False


GOOD: Final = Quirks()

# By the end of the host's name.
_BY_HOST: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    # VANISHED comes malformed.
    (("mail.me.com", "icloud.com"), {"avoid": frozenset({"QRESYNC"})}),
    (("gmail.com", "googlemail.com"), {"settles_late": True}),
    (("yahoo.com", "yahoo.co.jp", "aol.com", "yahoodns.net"), {"idle_renewal": 180.0}),
    (("rambler.ru",), {"idle_renewal": 55.0}),
    (("163.com", "126.com", "yeah.net", "188.com", "netease.com"), {"idles": False, "idle_renewal": 55.0}),
    (("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp"), {"trusts_modseq": False}),
    (("naver.com",), {"idles": False, "polls_by_select": True}),
    # DONE is not understood.
    (("wp.pl",), {"idles": False}),
)
# By the name in the server's ID answer, lower case.
_BY_ID: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("coremail", {"idles": False, "idle_renewal": 55.0}),
    ("zoho", {"trusts_modseq": False}),
)


def quirks_for(host: str, server_id: Mapping[str, str | None] | None = None) -> Quirks:
    """Return how to treat the server at `host`, which said this of itself (RFC 2971), if it did."""
    quirks = GOOD
    name = host.lower().rstrip(".")
    for endings, faults in _BY_HOST:
        if any(name == ending or name.endswith(f".{ending}") for ending in endings):
            quirks = replace(quirks, **faults)
    said = ((server_id or {}).get("name") or "").lower()
    for word, faults in _BY_ID:
        if word in said:
            quirks = replace(quirks, **faults)
    return quirks
