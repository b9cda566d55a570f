"""How to treat a particular mail server: the combined settings of all profiles that match it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from postroom.connections.quirks.library import matching
from postroom.connections.quirks.profile import SendingLimits
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports


@dataclass(frozen=True, slots=True)
class Quirks:
    """How to treat one server; the defaults are those of a correct server.

    The fields are those of `postroom.connections.quirks.profile.Treatment`.
    """

    avoid: frozenset[str] = frozenset()
    idle_renewal: float | None = None
    renewal_after_mail: float | None = None
    idles: bool = True
    reads_on_after_done: bool = False
    polls_by_select: bool = False
    trusts_modseq: bool = True
    settles_late: bool = False
    account_connections: int | None = None
    lent_at_host: int = 50

    def may_idle(self, capabilities: frozenset[str]) -> bool:
        """Return whether to wait for news with IDLE; otherwise the server is polled."""
        return self.idles and supports(capabilities, "IDLE")


GOOD: Final = Quirks()


def quirks_for(
    host: str,
    server_id: Mapping[str, str | None] | None = None,
    *,
    greeting: str = "",
    capabilities: frozenset[str] = frozenset(),
) -> Quirks:
    """Return how to treat the server at `host`. The other arguments are its own words, if known (ID is RFC 2971)."""
    quirks = GOOD
    for profile in matching(host, greeting=greeting, capabilities=capabilities, server_id=server_id):
        treatment = profile.treatment
        quirks = replace(quirks, **{name: getattr(treatment, name) for name in treatment.model_fields_set})
    return quirks


def sending_for(host: str) -> SendingLimits:
    """Return what the SMTP server at `host` allows, by all profiles that fit its name."""
    limits = SendingLimits()
    for profile in matching(host):
        named = {name: getattr(profile.sending, name) for name in profile.sending.model_fields_set}
        limits = limits.model_copy(update=named)
    return limits
