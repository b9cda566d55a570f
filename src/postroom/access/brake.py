"""Limits wrong tokens by address: an address that sends many must wait, and the log reports it.

Only wrong tokens are counted. A valid token is accepted from any address at any time, so a faulty program does not lock
out others that share its address. No part of a token is kept. The memory is bounded.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from postroom.errors import Transient
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.loops import Timer, run_loop

WINDOW: Final = 60.0
"""Seconds over which an address's wrong tokens are counted, and between two lines in the log."""

REMEMBERED: Final = 10_000
"""Addresses kept. Beyond this number, those that were silent longest are forgotten."""

NAMED: Final = 10
"""Addresses that a log line names, the busiest first."""

_NOT_KNOWN: Final = "unknown"
# One customer or machine has a whole network of this size and may send from any address in it.
_IPV6_NETWORK: Final = 64
log = get_logger("tokens")


class TooManyWrongTokens(Transient):
    """An address has sent more wrong tokens than allowed in a minute."""

    code = "TooManyWrongTokens"

    def __init__(self, limit: int, wait: float) -> None:
        super().__init__(
            f"The access token is not valid, and more than {limit} wrong ones came from your address within a minute "
            "(POSTROOM_WRONG_TOKEN_LIMIT). A valid token is accepted at any time.",
            retry_after=wait,
        )


@dataclass(slots=True)
class _Sender:
    """One address: when its count began, the count, and how many the log has not reported yet."""

    began: float
    count: int = 0
    untold: int = 0


class Brake:
    """Counts the wrong tokens sent to one process. `limit` is per address and minute, 0 for no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self._untold_of_forgotten = 0
        self._has_refused = False

    def count(self, address: str | None) -> None:
        """Count a wrong token from an address. Raises TooManyWrongTokens when there were too many this minute."""
        now = self._clock()
        name = sender(address)
        found = self._senders.setdefault(name, _Sender(now))
        self._senders.move_to_end(name)
        if now - found.began >= WINDOW:
            found.began, found.count = now, 0
        found.count += 1
        found.untold += 1
        if len(self._senders) > REMEMBERED:
            self._untold_of_forgotten += self._senders.popitem(last=False)[1].untold
        if 0 < self._limit < found.count:
            self._has_refused = True
            raise TooManyWrongTokens(self._limit, found.began + WINDOW - now)

    async def run(self) -> None:
        """Write the log line once a minute, and a last time when cancelled."""

        async def tell(_hints: set[str]) -> None:
            self.tell()

        try:
            await run_loop("wrong tokens", tell, Timer(), WINDOW)
        except asyncio.CancelledError:
            self.tell()
            raise

    def tell(self) -> None:
        """Log what came since the last line, if anything did; as a warning when it was too much."""
        news = {name: found.untold for name, found in self._senders.items() if found.untold}
        total = sum(news.values()) + self._untold_of_forgotten
        if not total:
            return
        busiest = sorted(news, key=lambda name: -news[name])[:NAMED]
        named = {name: news[name] for name in busiest}
        tell = log.warning if self._has_refused else log.info
        tell("wrong access tokens", count=total, addresses=named, elsewhere=total - sum(named.values()))
        for found in self._senders.values():
            found.untold = 0
        self._untold_of_forgotten = 0
        self._has_refused = False


def sender(address: str | None) -> str:
    """Return the name under which an address is counted: itself, its network for IPv6, "unknown" for anything else."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address or "")
    except ValueError:
        return _NOT_KNOWN
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), _IPV6_NETWORK), strict=False))
