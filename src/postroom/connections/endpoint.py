"""Where a mail server is, and the way to a connected socket: resolve, check every address, race them (RFC 8305)."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final, Literal

from aiohappyeyeballs import AddrInfoType, start_connection

from postroom.connections import proxies
from postroom.connections.addresses import AddressPolicy, AddressRefused, check_address, check_host, parse_address
from postroom.connections.descriptors import keep_some_free

__all__ = ["Endpoint", "TlsMode", "begins_with_tls", "connect", "is_loopback", "resolve"]

TlsMode = Literal["implicit", "starttls", "none-ok"]

TLS_PORTS: Final = (993, 465)
"""Where servers speak TLS from the first byte (RFC 8314 section 7), IMAP and submission."""

ATTEMPT_DELAY: Final = 0.25
"""Seconds before the next address is tried beside one that has not answered yet (RFC 8305 section 5)."""

# Threads of our own: a loop has four or five for everything, and names whose servers are silent would occupy them all,
# so that accounts of healthy hosts could not connect.
_RESOLVERS: Final = ThreadPoolExecutor(32, thread_name_prefix="resolver")

_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPALIVE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service of one mail server.

    `tls` is `implicit` (from the first byte), `starttls` (demanded before signing in) or `none-ok` (STARTTLS when it
    is offered). Without TLS credentials are only sent to a loopback address, or anywhere if `allow_plaintext`.
    `verify` None checks certificates, except behind STARTTLS on a loopback address: there a certificate nobody has
    signed is better than none. `ca_file` (PEM) adds certificate authorities to the system's.
    With a `proxy` it is the proxy that is resolved and connected to, and that finds the host by itself: nothing then
    counts as loopback, and of the host only a literal address can be checked.
    `met`: a session was opened there before in just this way, so that silence is no sign of a wrong `tls`.
    """

    host: str
    port: int
    tls: TlsMode = "implicit"
    allow_plaintext: bool = False
    verify: bool | None = True
    min_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    ca_file: Path | None = None
    proxy: proxies.Proxy | None = field(default=None)
    met: bool = False

    @property
    def server_name(self) -> str:
        """The name the server's certificate must be made for."""
        return self.host.strip("[]").rstrip(".")

    def may_go_plain(self, connection: socket.socket) -> bool:
        """Whether credentials may be sent over this connection without TLS."""
        return self.tls == "none-ok" and (self.allow_plaintext or self._is_here(connection))

    def checks_certificate(self, connection: socket.socket) -> bool:
        """Whether the server must prove who it is on this connection."""
        if self.verify is not None:
            return self.verify
        return self.tls != "none-ok" or not self._is_here(connection)

    def _is_here(self, connection: socket.socket) -> bool:
        return self.proxy is None and is_loopback(connection)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def begins_with_tls(secure: object, port: int) -> bool:
    """Whether TLS is spoken from the first byte: as the setting says, and as the port has it if it says nothing."""
    return port in TLS_PORTS if secure is None else bool(secure)


async def resolve(endpoint: Endpoint, policy: AddressPolicy) -> list[AddrInfoType]:
    """The addresses to connect to, the host's or its proxy's, that the policy allows, in the resolver's order.

    Raises socket.gaierror when there are none, AddressRefused when the policy refuses all of them.
    """
    check_host(endpoint.host, policy)
    proxy = endpoint.proxy
    if proxy is None:
        return await _look_up(endpoint, policy)
    literal = parse_address(endpoint.host)
    if literal is not None:
        check_address(str(literal), policy)
    elif proxy.needs_address:
        await _look_up(endpoint, policy)
    return await _look_up(Endpoint(proxy.host, proxy.port), policy)


async def _look_up(endpoint: Endpoint, policy: AddressPolicy) -> list[AddrInfoType]:
    literal = parse_address(endpoint.host)
    if literal is not None:
        return _allowed(endpoint, [_address_info(literal, endpoint.port)], policy)
    look_up = partial(
        socket.getaddrinfo, endpoint.host, endpoint.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    except ValueError as error:
        # The name cannot even be encoded (an empty or an endless label, a NUL), so no resolver will ever know it.
        raise socket.gaierror(socket.EAI_NONAME, f"{endpoint.host!r} is not a host name") from error
    except socket.gaierror as error:
        raise socket.gaierror(error.errno, f"{endpoint.host!r}: {error.strerror}") from error
    return _allowed(endpoint, found, policy)


def _address_info(address: IPv4Address | IPv6Address, port: int) -> AddrInfoType:
    """What getaddrinfo says of an address; asking it would take a thread for nothing."""
    if isinstance(address, IPv4Address):
        return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port)
    return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port, 0, 0)


def _allowed(endpoint: Endpoint, found: Sequence[AddrInfoType], policy: AddressPolicy) -> list[AddrInfoType]:
    allowed: list[AddrInfoType] = []
    refusal: AddressRefused | None = None
    for info in found:
        try:
            check_address(str(info[4][0]), policy)
        except AddressRefused as error:
            refusal = error
        else:
            allowed.append(info)
    if allowed:
        return allowed
    if refusal is not None:
        raise AddressRefused(f"{endpoint.host!r} may not be connected to: {refusal.message}") from refusal
    raise socket.gaierror(socket.EAI_NONAME, f"{endpoint.host!r} has no address")


async def connect(endpoint: Endpoint, addresses: list[AddrInfoType]) -> socket.socket:
    """A connected non-blocking socket to one of these addresses, the first that answers, through the proxy if any.

    Raises OSError, of the subclass and errno of the attempts if they agree, naming the addresses tried.
    """
    if endpoint.proxy is not None:
        connection = await proxies.tunnel(endpoint.proxy, addresses, endpoint.server_name, endpoint.port)
        keep_some_free(connection)
        _tune(connection)
        return connection
    try:
        return await start_connection(addresses, happy_eyeballs_delay=ATTEMPT_DELAY, socket_factory=_new_socket)
    except OSError as error:
        tried = ", ".join(dict.fromkeys(str(info[4][0]) for info in addresses))
        if error.errno is None:
            raise OSError(f"Cannot connect to {endpoint} (tried {tried})") from error
        raise OSError(error.errno, f"{os.strerror(error.errno)}: {endpoint} (tried {tried})") from error


def _new_socket(info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = info
    connection = socket.socket(family, kind, protocol)
    keep_some_free(connection)
    _tune(connection)
    return connection


def _tune(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        # Systems name these differently, and none has all of them.
        option = getattr(socket, name, None)
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def is_loopback(connection: socket.socket) -> bool:
    """Whether the socket's peer is this machine itself; a peer that has gone already is nobody."""
    try:
        peer = str(connection.getpeername()[0])
    except OSError:
        return False
    address = ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
