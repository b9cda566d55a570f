"""Opens the HTTP session for webhooks, which connects only to addresses that the policy allows."""

from __future__ import annotations

import ssl

from aiohttp.abc import AbstractResolver

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.http import http_session
from postroom.connections.http.http_session import HttpSession


def open_session(
    policy: AddressPolicy,
    limit: int,
    lookups: LooksUp,
    *,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
) -> HttpSession:
    """Return the session of a process. It does not decompress bodies: a broken body must not spoil the status."""
    return http_session.open_session(policy, limit, lookups, tls=tls, resolver=resolver, decompress=False)
