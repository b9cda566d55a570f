"""How an IMAP session of an account is opened: the one way of its live connections, verification, diagnosis and quota.

So none of them can say that all is well where another fails: they sign in within the same pacing, treat the server
alike, and heed the same switches of the account.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from postroom.accounts.settings.document import Document
from postroom.connections.clients.imap_client import ImapClient, SignIn, open_imap
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import Queued, SignInPacing
from postroom.connections.progress import Progress, unwatched
from postroom.connections.timeouts import Timeouts
from postroom.credentials.logins import MailLogin, host_policy
from postroom.sessions.quirks import Quirks, quirks_for

__all__ = ["Line", "Opening", "sign_in_of", "treatment"]

# What tells the sync most cheaply what changed (RFC 7162); asked for where it is offered.
_ENABLED: Final = ("CONDSTORE", "QRESYNC")


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of the wait for a turn: `waits` is, with the reason, when it is long; `goes_on` always, after it."""

    waits: Queued
    goes_on: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What holds for every session of a process; `policy` is the usual one, which an account may narrow."""

    pacing: SignInPacing
    timeouts: Timeouts
    policy: AddressPolicy
    client_id: Mapping[str, str | None]
    lookups: LooksUp

    async def open(
        self,
        login: MailLogin,
        full: Document,
        *,
        patience: float | None = None,
        progress: Progress = unwatched,
        line: Line | None = None,
    ) -> ImapClient:
        """Open a session of an account; `patience` are the seconds to wait for a turn at the host, None without end.

        Raises ConnectionFailed, SignInRefused, and what `line` raises.
        """
        queued = line.waits if line is not None else None
        async with self.pacing.sign_in(login.endpoint.host, patience, queued) as place:
            if line is not None:
                await line.goes_on()
            client = await open_imap(
                login.endpoint,
                sign_in_of(login, full, self.client_id),
                self.timeouts,
                policy=host_policy(full, self.policy),
                lookups=self.lookups,
                progress=progress,
            )
            client.when_ended(place.keep())
            return client


def sign_in_of(login: MailLogin, full: Document, client_id: Mapping[str, str | None]) -> SignIn:
    """Return who signs in, what is told and asked, and which capabilities are taken as not offered."""
    avoid = quirks_for(login.endpoint.host).avoid
    if (full.get("imap") or {}).get("disableIMAP4rev2"):
        avoid |= {"IMAP4REV2"}
    return SignIn(login.credentials, client_id=client_id, enable=_ENABLED, avoid=avoid)


def treatment(client: ImapClient, host: str) -> Quirks:
    """Return how the server of an open session is treated, by all that is known of it."""
    return quirks_for(host, client.info.server_id, greeting=client.info.greeting, capabilities=client.capabilities)
