"""API tokens as callers see them. Pure."""

from __future__ import annotations

from postroom.access.tokens import Token
from postroom.clock import iso
from postroom.schemas.showing.times import optional_time


def token(found: Token) -> dict[str, object]:
    """Return the details of a token, without the token itself."""
    shown: dict[str, object] = {
        "id": found.id,
        "account": found.account,
        "description": found.description,
        "scopes": list(found.scopes),
        "created": iso(found.created_at),
        "expires": optional_time(found.expires_at),
        "access": {"time": optional_time(found.used_at), "ip": found.used_ip},
    }
    optional = {
        "metadata": found.metadata,
        "permissions": found.permissions,
        "restrictions": _restrictions(found) or None,
        "ip": found.created_ip,
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def _restrictions(found: Token) -> dict[str, object]:
    shown: dict[str, object] = {"addresses": list(found.addresses)} if found.addresses else {}
    if found.referrers:
        shown["referrers"] = list(found.referrers)
    if found.rate_limit is not None:
        limit = found.rate_limit
        shown["rateLimit"] = {"maxRequests": limit.max_requests, "timeWindow": limit.time_window}
    return shown
