"""The connections of a process to its API: how many there may be, whose they are, and which to close for new ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Protocol

from postroom.access.tokens import is_within
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.server.refusals import Refused, crowded, crowded_address, crowded_heads
from postroom.settings import Settings

__all__ = ["PIECE", "Guest", "Hall", "HallLimits"]

PIECE: Final = 16 * 1024
"""Octets that one connection delivers in one turn of the event loop."""

MOST_HELD: Final = 8 * 1024 * 1024
"""Octets of incomplete heads, of all connections together. This is enough for thousands of real clients."""

_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
_MOST_FAREWELLS: Final = 100
_SECONDS_BETWEEN_LINES: Final = 60.0
_NETWORK_OF_ONE_CLIENT: Final = 64
log = get_logger("server")


@dataclass(frozen=True, slots=True)
class HallLimits:
    """What a client may cost before it is known who it is. Times are seconds.

    `trusted` are proxies. They and loopback addresses stand for many clients, so only `connections` limits them.
    """

    connections: int = 2000
    per_address: int = 200
    head_timeout: float = 15.0
    body_timeout: float = 30.0
    keep_alive: float = 75.0
    largest_body: int = 5 * 1024 * 1024
    trusted: tuple[str, ...] = ()
    shared: tuple[str, ...] = _LOOPBACK

    @classmethod
    def of(cls, settings: Settings) -> HallLimits:
        """The operator's limits."""
        return cls(
            connections=settings.max_connections,
            per_address=settings.max_connections_per_address,
            head_timeout=settings.head_timeout,
            body_timeout=settings.body_timeout,
            keep_alive=settings.keep_alive,
            largest_body=settings.max_message_body_size,
            trusted=settings.trusted_proxies,
        )


class Guest(Protocol):
    """A connection as seen by the hall."""

    def close(self) -> None:
        """Close once everything is sent."""
        ...

    def cut(self) -> None:
        """Close at once."""
        ...


class Hall:
    """Counts connections and closes some to make room for new ones, so that no client keeps a place by being slow.

    The connection that has been idle longest is closed first. Next comes one that only reads its last answer, then the
    one whose client has kept us waiting longest. `words` makes the JSON body of a refusal; `refused` is called with the
    status of each.
    """

    def __init__(
        self, limits: HallLimits, words: Callable[[int, str, str], bytes], refused: Callable[[int], None]
    ) -> None:
        self.limits = limits
        self.words = words
        # Connections are read one after another, so they can share one buffer.
        self.buffer = bytearray(PIECE)
        self.is_stopping = False
        self._refused = refused
        self._by_client: dict[str, dict[Guest, None]] = {}
        self._idle: dict[Guest, None] = {}
        self._leaving: dict[Guest, None] = {}
        self._awaited: dict[Guest, None] = {}
        # The client under which each connection is counted.
        self._inside: dict[Guest, str] = {}
        self._held = 0
        self._told_at = -_SECONDS_BETWEEN_LINES
        self._untold = 0

    @property
    def inside(self) -> int:
        """How many connections are in: let in, and neither gone nor given up for others."""
        return len(self._inside)

    def enter(self, guest: Guest, address: str) -> None:
        """Let a connection in. Raises Refused."""
        limits = self.limits
        client = "" if is_within(address, (*limits.shared, *limits.trusted)) else _client_of(address)
        own = self._by_client.setdefault(client, {})
        if client and len(own) >= limits.per_address and not self._free(own):
            raise crowded_address(limits.per_address)
        if self.inside >= limits.connections and not self._free():
            raise crowded()
        self._inside[guest] = client
        own = self._by_client.setdefault(client, {})
        own[guest] = self._awaited[guest] = None

    def leave(self, guest: Guest) -> None:
        """Remove a connection that is gone, or was closed to make room."""
        client = self._inside.pop(guest, "")
        self._idle.pop(guest, None)
        self._awaited.pop(guest, None)
        own = self._by_client.get(client, {})
        own.pop(guest, None)
        if not own:
            self._by_client.pop(client, None)

    def busy(self, guest: Guest) -> None:
        """A whole request has come, and we work on its answer."""
        self._idle.pop(guest, None)
        self._awaited.pop(guest, None)

    def awaited(self, guest: Guest) -> None:
        """We wait for the client: for a request, for the rest of one, or until it reads an answer."""
        self._idle.pop(guest, None)
        if guest in self._inside:
            self._awaited.setdefault(guest)

    def idle(self, guest: Guest) -> None:
        """The connection is between requests."""
        self._awaited.pop(guest, None)
        if guest in self._inside:
            self._idle.setdefault(guest)

    def hold(self, change: int) -> None:
        """Change the count of octets in incomplete heads. Raises Refused when it becomes too large."""
        self._held += change
        if change > 0 and self._held > MOST_HELD:
            raise crowded_heads()

    def may_say_why(self, guest: Guest) -> bool:
        """Say whether a connection that is not let in gets an answer; when there are too many of them, it gets none."""
        if len(self._leaving) >= _MOST_FAREWELLS:
            return False
        self._leaving[guest] = None
        return True

    def closing(self, guest: Guest) -> None:
        """A connection only waits for its client to read the last answer."""
        self._leaving[guest] = None

    def gone(self, guest: Guest) -> None:
        """A connection no longer waits to be closed, if it did."""
        self._leaving.pop(guest, None)

    def stop(self) -> None:
        """Close the connections that only wait for their client to read, and give later ones little time."""
        self.is_stopping = True
        for guest in list(self._leaving):
            guest.cut()

    def note(self, refused: Refused, address: str) -> None:
        """Count a refusal. The log has each at `debug`; a warning about too many connections comes once a minute."""
        self._refused(refused.status.value)
        log.debug("request refused", status=refused.status.value, code=refused.code, client=address)
        if refused.code != "TooManyConnections":
            return
        self._untold += 1
        now = time.monotonic()
        if now - self._told_at >= _SECONDS_BETWEEN_LINES:
            log.warning(
                "connections were refused: POSTROOM_MAX_CONNECTIONS or POSTROOM_MAX_CONNECTIONS_PER_ADDRESS is met; a "
                "proxy needs an entry in POSTROOM_TRUSTED_PROXIES",
                count=self._untold,
                newest_client=address,
                open=self.inside,
            )
            self._told_at, self._untold = now, 0

    def _free(self, own: dict[Guest, None] | None = None) -> bool:
        """Close the connection that is easiest to spare, among `own` if given; returns whether there was one."""
        for spared in (self._idle, self._leaving, self._awaited):
            found = next((guest for guest in own or spared if guest in self._inside and guest in spared), None)
            if found is not None:
                self.leave(found)
                if spared is self._idle:
                    found.close()
                else:
                    found.cut()
                return True
        return False


def _client_of(address: str) -> str:
    """Return the name of a client: its IPv4 address, or the network that an IPv6 customer usually has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, _NETWORK_OF_ONE_CLIENT), strict=False))
    return str(found)
