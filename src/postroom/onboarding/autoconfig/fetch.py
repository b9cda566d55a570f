"""Fetches a small document over HTTPS from an untrusted host: addresses are checked, redirects are few."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

from aiohttp.abc import AbstractResolver

from postroom import __version__
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.http.http_session import open_session
from postroom.connections.sockets.tls import tls_context
from postroom.errors import Permanent
from postroom.http.body import read_body
from postroom.settings import Settings

__all__ = ["NotFetched", "Web"]

_MOST_REDIRECTS: Final = 3
_MOST_CONNECTIONS: Final = 20
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class NotFetched(Permanent):
    """There is no document under this URL, or it cannot or must not be read."""

    code = "NotFetched"


class Web:
    """HTTPS within an address policy, which applies to every address that is connected to. Close it after use.

    `hosts` replaces `lookups` for callers that also choose the port.
    """

    def __init__(self, settings: Settings, lookups: LooksUp, hosts: AbstractResolver | None = None) -> None:
        self._policy = AddressPolicy.ANY if settings.autoconfig_private_addresses else AddressPolicy.PUBLIC
        context = tls_context(ca_file=settings.ca_file)
        headers = {"user-agent": f"Postroom/{__version__}", "accept": "application/xml, text/xml"}
        self._session = open_session(
            self._policy, _MOST_CONNECTIONS, lookups, tls=context, resolver=hosts, headers=headers
        )

    async def __aenter__(self) -> Web:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, url: str, largest: int) -> bytes:
        """Return the document, or the part that came before the connection broke.

        Raises NotFetched, NotAUrl, NotAHost, AddressRefused, BodyTooLarge, aiohttp.ClientError, OSError, TimeoutError.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme != "https" or not parts.hostname or parts.username is not None:
                raise NotFetched(f"{url:.200} is not an https URL")
            async with self._session.request("GET", url) as response:
                if response.status in _REDIRECTS and "location" in response.headers:
                    url = urljoin(url, response.headers["location"])
                    continue
                if not 200 <= response.status < 300:
                    raise NotFetched(f"{url:.200} answers {response.status}")
                return (await read_body(response, largest)).data
        raise NotFetched(f"{url:.200} is behind too many redirects")
