"""How the sync goes about a particular mail server: what the profiles that fit it say, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from postroom.connections.quirks.library import matching
from postroom.imap.capabilities import supports


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one server is to be treated; the defaults are those of a good one.

    The fields are those of `postroom.connections.quirks.profile.Treatment`.
    """

    avoid: frozenset[str] = frozenset()
    idle_renewal: float | None = None
    idles: bool = True
    polls_by_select: bool = False
    trusts_modseq: bool = True
    settles_late: bool = False
    account_connections: int | None = None
    lent_at_host: int = 50

    def may_idle(self, capabilities: frozenset[str]) -> bool:
        """Say whether news are waited for in IDLE; otherwise they are polled for."""
        return self.idles and supports(capabilities, "IDLE")


GOOD: Final = Quirks()


def quirks_for(
    host: str,
    server_id: Mapping[str, str | None] | None = None,
    *,
    greeting: str = "",
    capabilities: frozenset[str] = frozenset(),
) -> Quirks:
    """Return how to treat the server at `host`, which said this of itself (ID is RFC 2971), if it did."""
    quirks = GOOD
    for profile in matching(host, greeting=greeting, capabilities=capabilities, server_id=server_id):
        treatment = profile.treatment
        quirks = replace(quirks, **{name: getattr(treatment, name) for name in treatment.model_fields_set})
    return quirks
