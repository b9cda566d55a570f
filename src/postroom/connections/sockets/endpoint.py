"""From a mail server's host and port to a connected socket: resolve, check all addresses, race them (RFC 8305)."""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import field
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Final, Literal

from aiohappyeyeballs import AddrInfoType, start_connection

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, IpAddress, check_address
from postroom.connections.hosts.checked_host import CheckedHost, NotAHost, check_host
from postroom.connections.hosts.names import LooksUp
from postroom.connections.sockets import proxies
from postroom.connections.sockets.descriptors import keep_some_free
from postroom.footprint.dataclass import dataclass

__all__ = ["ConnectWay", "Endpoint", "TlsMode", "connect", "is_loopback", "resolve"]

TlsMode = Literal["implicit", "starttls", "none-ok"]

ATTEMPT_DELAY: Final = 0.25
"""Seconds without an answer before the next address is tried in parallel (RFC 8305 section 5)."""

_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPALIVE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service of one mail server, as configured: `host` is unchecked text until `resolve`.

    `tls` is `implicit` (from the first byte), `starttls` (required before signing in) or `none-ok` (STARTTLS if
    offered). Without TLS, credentials are sent only to a loopback address, or anywhere with `allow_plaintext`.
    `verify` None checks certificates except after STARTTLS on a loopback address, where even a self-signed certificate
    is better than no TLS. `ca_file` (PEM) adds certificate authorities to those of the system.
    `server_name` is the name to send in the handshake and to find in the certificate; the host's own if it is None.
    With a `proxy`, the proxy is resolved and connected to, and the proxy finds the host. Then no connection counts as
    loopback, and of the host only the spelling is checked, which includes literal addresses.
    `local_address` is the address of this machine to connect from, to the host or to the proxy.
    `met` means that a session was opened here before with the same settings, so silence does not suggest a wrong `tls`.
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
    server_name: str | None = None
    local_address: str | None = None

    def may_go_plain(self, connection: socket.socket) -> bool:
        """Whether credentials may be sent over this connection without TLS."""
        return self.tls == "none-ok" and (self.allow_plaintext or self._is_here(connection))

    def checks_certificate(self, connection: socket.socket) -> bool:
        """Whether the server's certificate is checked on this connection."""
        if self.verify is not None:
            return self.verify
        return self.tls != "none-ok" or not self._is_here(connection)

    def _is_here(self, connection: socket.socket) -> bool:
        return self.proxy is None and is_loopback(connection)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConnectWay:
    """The way to an endpoint, made by `resolve`: the checked host and the addresses that may be connected to.

    With a proxy, the addresses are the proxy's.
    """

    endpoint: Endpoint
    host: CheckedHost
    addresses: list[AddrInfoType]

    @property
    def server_name(self) -> str:
        """The name that TLS asks for (SNI), and that the server's certificate must contain."""
        return self.endpoint.server_name or self.host.name


async def resolve(endpoint: Endpoint, policy: AddressPolicy, lookups: LooksUp) -> ConnectWay:
    """The way to an endpoint with the addresses that the policy allows, in the resolver's order.

    Raises socket.gaierror when there are none, AddressRefused when the policy refuses all of them.
    """
    host, proxy = _checked(endpoint.host, policy), endpoint.proxy
    if proxy is None:
        return ConnectWay(endpoint, host, await _look_up(host, endpoint.port, lookups))
    if proxy.needs_address:
        host = await _told_to_proxy(host, endpoint.port, lookups)
    return ConnectWay(endpoint, host, await _look_up(_checked(proxy.host, policy), proxy.port, lookups))


async def _told_to_proxy(host: CheckedHost, port: int, lookups: LooksUp) -> CheckedHost:
    """What to tell a proxy that accepts no names: a checked address of the one family that it supports."""
    for family, _, _, _, address in await _look_up(host, port, lookups):
        if family == socket.AF_INET:
            return check_host(str(address[0]), host.policy)
    raise socket.gaierror(socket.EAI_NONAME, f"{host.name!r} has no IPv4 address, and a socks4 proxy knows no other")


def _checked(host: str, policy: AddressPolicy) -> CheckedHost:
    try:
        return check_host(host, policy)
    except NotAHost as error:
        raise socket.gaierror(socket.EAI_NONAME, error.message) from error


async def _look_up(host: CheckedHost, port: int, lookups: LooksUp) -> list[AddrInfoType]:
    allowed: list[AddrInfoType] = []
    refusal: AddressRefused | None = None
    for address in await lookups.addresses(host):
        try:
            check_address(address, host.policy)
        except AddressRefused as error:
            refusal = error
        else:
            allowed.append(_address_info(address, port))
    if allowed:
        return allowed
    if refusal is not None:
        raise AddressRefused(f"{host.name!r} may not be connected to: {refusal.message}") from refusal
    raise socket.gaierror(socket.EAI_NONAME, f"{host.name!r} has no address")


def _address_info(address: IpAddress, port: int) -> AddrInfoType:
    if isinstance(address, IPv4Address):
        return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port)
    return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port, 0, 0)


async def connect(way: ConnectWay) -> socket.socket:
    """A connected non-blocking socket to the first of its addresses that answers, through the proxy if there is one.

    Raises AddressRefused, or OSError that names the addresses. If all attempts failed alike, it has their subclass and
    errno.
    """
    endpoint, addresses = way.endpoint, way.addresses
    # The last check, which every connection passes.
    for info in addresses:
        check_address(str(info[4][0]), way.host.policy)
    if endpoint.proxy is not None:
        connection = await proxies.tunnel(endpoint.proxy, addresses, way.host, endpoint.port, endpoint.local_address)
        keep_some_free(connection)
        _tune(connection)
        return connection
    try:
        return await start_connection(
            addresses,
            local_addr_infos=_own_address(endpoint.local_address),
            happy_eyeballs_delay=ATTEMPT_DELAY,
            socket_factory=_new_socket,
        )
    except OSError as error:
        tried = ", ".join(dict.fromkeys(str(info[4][0]) for info in addresses))
        if error.errno is None:
            raise OSError(f"Cannot connect to {endpoint} (tried {tried})") from error
        raise OSError(error.errno, f"{os.strerror(error.errno)}: {endpoint} (tried {tried})") from error


def _own_address(local: str | None) -> list[AddrInfoType] | None:
    return [_address_info(ip_address(local), 0)] if local else None


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
        # The options have different names on different systems, and no system has all of them.
        option = getattr(socket, name, None)
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


def is_loopback(connection: socket.socket) -> bool:
    """Whether the socket's peer is this machine; False when the peer has already disconnected."""
    try:
        peer = str(connection.getpeername()[0])
    except OSError:
        return False
    address = ip_address(peer.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
