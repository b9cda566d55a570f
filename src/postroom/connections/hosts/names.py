"""Looks names up, for every client of a process, without threads: c-ares with the hosts file, resolv.conf, search list.

A name that nobody answers for costs one look-up at a time, whoever asks, and then nothing for some seconds. Each use
has places of its own, so that silent names of one never keep another waiting; and a look-up that gets no answer soon
leaves its place to the next, and goes on without.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from postroom.connections.hosts.addresses import IpAddress
from postroom.connections.hosts.checked_host import CheckedHost

if TYPE_CHECKING:
    import aiodns
    import pycares

__all__ = ["LIMIT", "LOCALHOST", "PLACES", "SOON", "LooksUp", "Lookups", "Names", "Use"]

LIMIT: Final = 10.0
"""Seconds after which a look-up without an answer is given up."""


class Use(StrEnum):
    """What names are looked up for."""

    ACCOUNTS = "accounts"
    ONBOARDING = "onboarding"
    """Verification, diagnosis, autoconfiguration: somebody waits for the answer."""
    WEBHOOKS = "webhooks"
    TOKENS = "tokens"
    """Authorization servers, and the operator's own authentication server."""


PLACES: Final[Mapping[Use, int]] = {Use.ACCOUNTS: 256, Use.ONBOARDING: 128, Use.WEBHOOKS: 128, Use.TOKENS: 64}
"""Look-ups that may begin at a time, of different names: more than there are sign-ins or deliveries by default."""

SOON: Final = 1.0
"""Seconds for which a look-up holds its place."""

# By its measure of a name server c-ares asks again very soon, and would give up within two seconds; slow domains take
# more. The limit above ends it.
_TRIES: Final = 6
# c-ares remembers as well, up to an hour; ours spares the places.
_LONGEST_MEMORY: Final = 60.0
_MEMORY_OF_FAILURE: Final = 5.0
_MOST_REMEMBERED: Final = 4096
RESOLV_CONF: Final = "/etc/resolv.conf"
_LOOPBACK: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class LooksUp(Protocol):
    """What clients are given."""

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        """Return every address of a host, in the order in which to try them; they are not checked yet.

        Raises socket.gaierror: EAI_NONAME when there is none, EAI_AGAIN when that could not be found out.
        """
        ...

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        """Return the data of the records of a full name as pycares has it, none when there is no answer."""
        ...


class _Localhost:
    """Asks nobody: addresses are what they are, `localhost` is loopback (RFC 6761), and no other name exists."""

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
    """What came of a look-up: addresses or an error; `life` are the seconds for which it may be remembered."""

    addresses: tuple[IpAddress, ...] = ()
    error: int = 0
    words: str = ""
    life: float = _MEMORY_OF_FAILURE

    def told(self, host: CheckedHost) -> tuple[IpAddress, ...]:
        if self.error:
            raise socket.gaierror(self.error, f"{host.name!r}: {self.words}")
        return self.addresses


class Names:
    """The resolver of a process. It begins with the first name: it belongs to that event loop, and to no fork.

    `servers` (`ADDRESS:PORT`) and `search` replace what /etc/resolv.conf says. A change of that file counts
    from the next look-up on; c-ares minds /etc/hosts. `limit` and `soon` are in seconds.
    """

    def __init__(
        self,
        servers: Sequence[str] | None = None,
        search: Sequence[str] | None = None,
        *,
        limit: float = LIMIT,
        soon: float = SOON,
        places: Mapping[Use, int] = PLACES,
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

    def of(self, use: Use) -> Lookups:
        """Return the look-ups of one use."""
        return Lookups(self, use)

    async def addresses(self, host: CheckedHost, use: Use) -> tuple[IpAddress, ...]:
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
                # Others asked for it meanwhile.
                places.release()
            else:
                self._begin(name, places)
        return found.told(host)

    async def records(self, name: str, kind: Literal["MX", "SRV"], use: Use) -> list[Any]:
        """Return the data of the records of a full name, none when there is no answer."""
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
            # Here and not above: a gateway whose hosts are all addresses has no use for it.
            import aiodns
            import pycares

            try:
                self._resolver = aiodns.DNSResolver(self._servers, domains=self._search, tries=_TRIES)
            except pycares.AresError as error:
                raise OSError(f"the resolver cannot be started: {error}") from error
        return self._resolver

    def _note_change(self) -> None:
        """Begin anew when resolv.conf is another one. Questions under way keep the former resolver until they end."""
        present = _version_of(RESOLV_CONF) if self._servers is None else ()
        if present != self._read:
            self._read = present
            self._resolver = None
            self._memory.clear()

    def _begin(self, name: str, places: asyncio.Semaphore) -> None:
        """Ask for a name, and give the place back when there is an answer, or soon."""
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
    """The look-ups of one use."""

    names: Names
    use: Use

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        """As `LooksUp` has it."""
        return await self.names.addresses(host, self.use)

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        """As `LooksUp` has it."""
        return await self.names.records(name, kind, self.use)


def _version_of(path: str) -> tuple[int, ...]:
    """What changes with a file. c-ares watches its folder, and misses a file that a container has mounted there."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _judge(asked: asyncio.Future[pycares.AddrInfoResult]) -> _Found:
    """What c-ares answers, as getaddrinfo(3) would have it."""
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
