"""Resolves names for every client of a process, without threads: c-ares with the hosts file, resolv.conf, search list.

A name has at most one look-up at a time, however many clients ask for it. A failure is remembered for some seconds.
Each use has its own places, so silent names of one use never delay another. A look-up that is not answered soon gives
its place to the next one and continues without it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from postroom.connections.hosts.addresses import IpAddress
from postroom.connections.hosts.checked_host import CheckedHost
from postroom.footprint.dataclass import dataclass

if TYPE_CHECKING:
    import aiodns
    import pycares

__all__ = ["LIMIT", "LOCALHOST", "PLACES", "SOON", "LooksUp", "LookupUse", "Lookups", "Names"]

LIMIT: Final = 10.0
"""Seconds after which an unanswered look-up fails."""


class LookupUse(StrEnum):
    """What a look-up is for."""

    ACCOUNTS = "accounts"
    ONBOARDING = "onboarding"
    """Verification, diagnosis, autoconfiguration: a person waits for the answer."""
    WEBHOOKS = "webhooks"
    TOKENS = "tokens"
    """Authorization servers and the operator's own authentication server."""


PLACES: Final[Mapping[LookupUse, int]] = {
    LookupUse.ACCOUNTS: 256,
    LookupUse.ONBOARDING: 128,
    LookupUse.WEBHOOKS: 128,
    LookupUse.TOKENS: 64,
}
"""Places for look-ups, by use: more than the default number of sign-ins or deliveries at a time."""

SOON: Final = 1.0
"""Seconds for which an unanswered look-up keeps its place."""

# c-ares adapts its retry intervals to the name server. With few tries it would give up within two seconds, and slow
# domains need longer. LIMIT ends the look-up instead.
_TRIES: Final = 6
# c-ares has its own cache, of up to an hour. Ours saves places.
_LONGEST_MEMORY: Final = 60.0
_MEMORY_OF_FAILURE: Final = 5.0
_MOST_REMEMBERED: Final = 4096
RESOLV_CONF: Final = "/etc/resolv.conf"
_LOOPBACK: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class LooksUp(Protocol):
    """The look-ups that clients are given."""

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        """Return every address of a host, in the order in which to try them; they are not checked yet.

        Raises socket.gaierror: EAI_NONAME when there is none, EAI_AGAIN when the name servers gave no answer.
        """
        ...

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        """Return the data of the records of a full name in the form of pycares; empty when there is no answer."""
        ...


class _Localhost:
    """Asks no server: knows literal addresses and `localhost` (loopback, RFC 6761), and no other name."""

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        if host.address is not None:
            return (host.address,)
        if host.name == "localhost":
            return _LOOPBACK
        raise socket.gaierror(socket.EAI_NONAME, f"{host.name!r}: only addresses can be connected to here")

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        return []


LOCALHOST: Final[LooksUp] = _Localhost()


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of a look-up: addresses or an error. It may be remembered for `life` seconds."""

    addresses: tuple[IpAddress, ...] = ()
    error: int = 0
    words: str = ""
    life: float = _MEMORY_OF_FAILURE

    def told(self, host: CheckedHost) -> tuple[IpAddress, ...]:
        if self.error:
            raise socket.gaierror(self.error, f"{host.name!r}: {self.words}")
        return self.addresses


class Names:
    """The resolver of a process. It starts with the first look-up, belongs to that event loop, and survives no fork.

    `servers` (`ADDRESS:PORT`) and `search` replace those in /etc/resolv.conf. A change of that file takes effect at
    the next look-up; c-ares follows changes of /etc/hosts. `limit` and `soon` are in seconds.
    """

    def __init__(
        self,
        servers: Sequence[str] | None = None,
        search: Sequence[str] | None = None,
        *,
        limit: float = LIMIT,
        soon: float = SOON,
        places: Mapping[LookupUse, int] = PLACES,
    ) -> None:
        self._servers = servers
        self._search = search
        self._limit = limit
        self._soon = soon
        self._places = {use: asyncio.Semaphore(count) for use, count in places.items()}
        self._flights: dict[str, asyncio.Future[_Found]] = {}
        self._memory: dict[str, tuple[float, _Found]] = {}
        self._resolver: aiodns.DNSResolver | None = None
        self._read: tuple[int, ...] = ()

    def of(self, use: LookupUse) -> Lookups:
        """Return the look-ups for one use."""
        return Lookups(self, use)

    async def addresses(self, host: CheckedHost, use: LookupUse) -> tuple[IpAddress, ...]:
        """Return every address of a host. Raises socket.gaierror."""
        if host.address is not None:
            return (host.address,)
        self._note_change()
        name = host.question
        while (found := self._remembered(name)) is None:
            flight = self._flights.get(name)
            if flight is not None:
                return (await asyncio.shield(flight)).told(host)
            places = self._places[use]
            await places.acquire()
            if name in self._flights or self._remembered(name) is not None:
                # Another look-up of this name began meanwhile.
                places.release()
            else:
                self._begin(name, places)
        return found.told(host)

    async def records(self, name: str, kind: Literal["MX", "SRV"], use: LookupUse) -> list[Any]:
        """Return the data of the records of a full name; empty when there is no answer."""
        import aiodns

        self._note_change()
        try:
            async with self._places[use]:
                answer: pycares.DNSResult = await self._open().query_dns(f"{name}.", kind)
        except (aiodns.error.DNSError, OSError):
            return []
        return [record.data for record in answer.answer]

    async def close(self) -> None:
        """End every look-up."""
        if self._resolver is not None:
            await self._resolver.close()

    def _open(self) -> aiodns.DNSResolver:
        if self._resolver is None:
            # Imported here, because a gateway that connects only to literal addresses does not need it.
            import aiodns
            import pycares

            try:
                self._resolver = aiodns.DNSResolver(self._servers, domains=self._search, tries=_TRIES)
            except pycares.AresError as error:
                raise OSError(f"the resolver cannot be started: {error}") from error
        return self._resolver

    def _note_change(self) -> None:
        """Start again when resolv.conf has changed. Look-ups in progress keep the old resolver until they end."""
        present = _version_of(RESOLV_CONF) if self._servers is None else ()
        if present != self._read:
            self._read = present
            self._resolver = None
            self._memory.clear()

    def _begin(self, name: str, places: asyncio.Semaphore) -> None:
        """Start a look-up. Its place is given back when it ends, or after `soon` seconds."""
        loop = asyncio.get_running_loop()
        flight: asyncio.Future[_Found] = loop.create_future()

        place = ExitStack()
        place.callback(places.release)

        def end(found: _Found) -> None:
            if flight.done():
                return
            late.cancel()
            soon.cancel()
            place.close()
            del self._flights[name]
            self._remember(name, found)
            flight.set_result(found)

        self._flights[name] = flight
        silence = _Found(error=socket.EAI_AGAIN, words=f"no name server answered within {self._limit:g} s")
        late = loop.call_later(self._limit, end, silence)
        soon = loop.call_later(self._soon, place.close)
        try:
            asked = self._open().getaddrinfo(name, family=socket.AF_UNSPEC, type=socket.SOCK_STREAM)
        except OSError as error:
            end(_Found(error=socket.EAI_AGAIN, words=str(error)))
        else:
            asked.add_done_callback(lambda asked: end(_judge(asked)))

    def _remembered(self, name: str) -> _Found | None:
        until, found = self._memory.get(name, (0.0, None))
        return found if until > asyncio.get_running_loop().time() else None

    def _remember(self, name: str, found: _Found) -> None:
        now = asyncio.get_running_loop().time()
        self._memory.pop(name, None)
        if found.life > 0:
            self._memory[name] = (now + min(found.life, _LONGEST_MEMORY), found)
        if len(self._memory) > _MOST_REMEMBERED:
            living = [(key, value) for key, value in self._memory.items() if value[0] > now]
            self._memory = dict(living[-_MOST_REMEMBERED // 2 :])


@dataclass(frozen=True, slots=True)
class Lookups:
    """The look-ups for one use."""

    names: Names
    use: LookupUse

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        """See `LooksUp`."""
        return await self.names.addresses(host, self.use)

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        """See `LooksUp`."""
        return await self.names.records(name, kind, self.use)


def _version_of(path: str) -> tuple[int, ...]:
    """Changes whenever the file does. c-ares watches the folder, and misses a file that a container mounts there."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _judge(asked: asyncio.Future[pycares.AddrInfoResult]) -> _Found:
    """The answer of c-ares in the terms of getaddrinfo(3)."""
    from aiodns import error as codes

    if asked.cancelled():
        return _Found(error=socket.EAI_AGAIN, words="the look-up was ended")
    failure = asked.exception()
    if failure is None:
        nodes = asked.result().nodes
        addresses = dict.fromkeys(ip_address(node.addr[0].decode().partition("%")[0]) for node in nodes)
        if addresses:
            return _Found(tuple(addresses), life=min(node.ttl for node in nodes))
        return _Found(error=socket.EAI_NONAME, words="the name has no address")
    code = failure.args[0] if failure.args else 0
    if code in (codes.ARES_ENOTFOUND, codes.ARES_EBADNAME):
        return _Found(error=socket.EAI_NONAME, words="there is no such name")
    if code == codes.ARES_ENODATA:
        return _Found(error=socket.EAI_NONAME, words="the name has no address")
    words = {
        codes.ARES_ESERVFAIL: "the name server cannot answer now (SERVFAIL)",
        codes.ARES_EREFUSED: "the name server refuses to answer (REFUSED)",
        codes.ARES_ETIMEOUT: "no name server answered in time",
        codes.ARES_ECONNREFUSED: "no name server can be reached",
    }
    return _Found(error=socket.EAI_AGAIN, words=words.get(code, f"the look-up failed: {failure.args[-1:]}"))
