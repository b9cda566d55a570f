"""Connects to checked addresses through a proxy: HTTP CONNECT, SOCKS4, SOCKS4a, SOCKS5 (by python-socks)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import field
from typing import Final
from urllib.parse import unquote, urlsplit

from aiohappyeyeballs import AddrInfoType

from postroom.connections.hosts.checked_host import CheckedHost
from postroom.connections.hosts.checked_url import PROXY_SCHEMES
from postroom.footprint.dataclass import dataclass
from postroom.tasks import loaded
from postroom.words.strangers import Secrets, take_in

__all__ = ["Proxy", "ProxyFailed", "tunnel"]

_KINDS: Final = {
    "http": ("HTTP", 80),
    "socks": ("SOCKS5", 1080),
    "socks4": ("SOCKS4", 1080),
    "socks4a": ("SOCKS4", 1080),
    "socks5": ("SOCKS5", 1080),
}
# The caller bounds the whole attempt, so the library's own limit must not apply.
_NO_LIMIT: Final = 86_400.0


class ProxyFailed(OSError):
    """The proxy is unreachable, refused us, or could not reach the mail server; the message says which."""

    code = "EPROXY"


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy, from the URL in a setting."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Proxy:
        """Read `scheme://user:password@host:port`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _KINDS or not parts.hostname:
            raise ValueError(f"a proxy is one of {', '.join(PROXY_SCHEMES)}")
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.scheme, parts.hostname, parts.port or _KINDS[parts.scheme][1], user, password)

    @property
    def needs_address(self) -> bool:
        """Whether it must be given an address, because its protocol cannot carry names."""
        return self.scheme == "socks4"

    @property
    def secrets(self) -> Secrets:
        """The values to remove from the proxy's texts before they are shown."""
        return Secrets.of(self.password)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


async def tunnel(
    proxy: Proxy, addresses: Sequence[AddrInfoType], host: CheckedHost, port: int, local_address: str | None = None
) -> socket.socket:
    """A connected non-blocking socket to `host` through the proxy, at the first of its addresses that answers.

    Only the proxy resolves the name; for a proxy that cannot, `host` must be an address. Raises ProxyFailed.
    """
    # Few need it, so only a proxy takes its memory.
    await loaded("python_socks.async_.asyncio")
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
    from python_socks.async_.asyncio import Proxy as Connector

    kind, _ = _KINDS[proxy.scheme]
    own = (local_address, 0) if local_address else None
    reason = "it has no address"
    for info in addresses:
        connector = Connector(
            ProxyType[kind], str(info[4][0]), proxy.port, proxy.user, proxy.password, rdns=not proxy.needs_address
        )
        try:
            connection = await connector.connect(host.name, port, timeout=_NO_LIMIT, local_addr=own)
        except ProxyError as error:
            said = take_in(str(error), proxy.secrets)
            raise ProxyFailed(f"The proxy {proxy} does not connect to {host}:{port}: {said}") from error
        except (ProxyConnectionError, ProxyTimeoutError, OSError, EOFError, ValueError) as error:
            reason = take_in(str(error), proxy.secrets) or type(error).__name__
        else:
            return connection
    raise ProxyFailed(f"The proxy {proxy} cannot be used: {reason}")
