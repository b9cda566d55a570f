"""How long to wait after failed attempts to sign in, by where they come from. Pure.

device     a browser that has signed in before. It is judged by its own failures alone, so that strangers who try
           passwords do not keep the operator out.
address    an address, or a network of IPv6.
everyone   all others together, so that many addresses are no faster than a few. The wait stays short.
"""

from __future__ import annotations

from typing import Final

from postroom.access.admins.model import Browser
from postroom.footprint.dataclass import dataclass

__all__ = ["FORGOTTEN_MS", "origins", "wait_ms"]

FORGOTTEN_MS: Final = 3_600_000
"""Failures are forgotten when none was added for this long."""

_SECOND: Final = 1000
_LARGEST_POWER: Final = 20


@dataclass(frozen=True, slots=True)
class _Patience:
    """`free` failures cost nothing; then the wait doubles from a second up to `longest`, in seconds."""

    free: int
    longest: int


_PATIENCE: Final = {"device": _Patience(5, 300), "address": _Patience(4, 900), "everyone": _Patience(20, 10)}


def origins(browser: Browser, network: str) -> tuple[str, ...]:
    """Return the names under which an attempt is counted; `network` is the name of its address."""
    if browser.device is not None:
        return (f"device:{browser.device}",)
    return (f"address:{network}", "everyone")


def wait_ms(origin: str, failures: int) -> int:
    """Return the milliseconds to wait after this many failures in a row."""
    patience = _PATIENCE[origin.partition(":")[0]]
    beyond = failures - patience.free
    if beyond <= 0:
        return 0
    seconds: int = min(1 << min(beyond - 1, _LARGEST_POWER), patience.longest)
    return seconds * _SECOND
