"""The search for mail servers as other rooms ask for it; what it needs is loaded with the first search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.connections.hosts.names import LooksUp
from postroom.onboarding.autoconfig.servers import Found
from postroom.settings import Settings

if TYPE_CHECKING:
    from postroom.onboarding.autoconfig.search import SearchSurroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoconfig:
    """Searches within the operator's settings. `around` replaces the name servers and web servers of the system."""

    settings: Settings
    lookups: LooksUp
    around: SearchSurroundings | None = None

    async def find(self, email: str) -> Found:
        """Return the servers of an address, `UNKNOWN` when nobody tells. Never raises for what others answer."""
        # Not imported above: what asks the DNS and the web takes 4 MiB.
        from postroom.onboarding.autoconfig.search import SearchSurroundings, find_servers

        return await find_servers(email, self.settings, self.around or SearchSurroundings.of(self.lookups))
