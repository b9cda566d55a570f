"""The address of a client behind proxies. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.access.tokens import is_within

__all__ = ["nearest_stranger"]


def nearest_stranger(peer: str | None, forwarded: Sequence[str], trusted: tuple[str, ...]) -> str | None:
    """Return the address of the last hop that is not a trusted proxy.

    `forwarded` are the values of `X-Forwarded-For`. Only the entries that trusted proxies wrote count, because a client
    can send anything in it.
    """
    nearest = peer
    if nearest is None or not trusted or not is_within(nearest, trusted):
        return nearest
    for hop in reversed([part.strip() for part in ",".join(forwarded).split(",") if part.strip()]):
        nearest = hop
        if not is_within(hop, trusted):
            break
    return nearest
