"""The search for mail servers as other rooms use it; its libraries are loaded with the first search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.connections.hosts.names import LooksUp
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.autoconfig.servers import Found
from postroom.settings import Settings
from postroom.tasks import loaded

if TYPE_CHECKING:
    from postroom.onboarding.autoconfig.search import SearchSurroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoconfig:
    """Searches within the operator's settings. `around` replaces the system's name servers and web servers."""

    settings: Settings
    lookups: LooksUp
    around: SearchSurroundings | None = None

    async def find(self, email: str) -> Found:
        """Return the servers of an address, `UNKNOWN` when none are found. Answers of other servers raise no error."""
        # Loaded late, because the DNS and web clients take 4 MiB.
        await loaded("postroom.onboarding.autoconfig.search")
        from postroom.onboarding.autoconfig.search import SearchSurroundings, find_servers

        return await find_servers(email, self.settings, self.around or SearchSurroundings.of(self.lookups))
