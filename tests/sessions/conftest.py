"""How sessions are opened in tests: at servers of this machine, within short limits."""

from __future__ import annotations

from typing import Any

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.timeouts import Timeouts
from postroom.sessions.opening import Sessions

QUICK = Timeouts(connect=5, tls=5, greeting=5, command=5, command_total=10, idle_end=5)


def sessions_of(pacing: SignInPacing | None = None, **more: Any) -> Sessions:
    """Return how sessions are opened, paced by `pacing` or generously."""
    return Sessions(pacing or SignInPacing(Shares(20, 20)), QUICK, AddressPolicy.ANY, {}, LOCALHOST, **more)


def imap_settings(host: str, port: int, user: str = "u", password: str = "pass", **more: object) -> dict[str, Any]:
    """Return a settings document with an IMAP block and, as it is a flat one, more of its members."""
    return {"imap": {"host": host, "port": port, "auth": {"user": user, "pass": password}, **more}}
