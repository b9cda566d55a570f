"""The client for asyncio.

async with AsyncPostroom("http://127.0.0.1:3000", token) as postroom:
    async for account in postroom.accounts.list(state="authenticationError"):
        print(account["account"], account["lastError"])
"""

from __future__ import annotations

import ssl
from typing import Self

import httpx

from postroom.client import webhooks
from postroom.client.groups import asynchronous as groups
from postroom.client.retries import Retries
from postroom.client.transports.asynchronous import AsyncTransport
from postroom.client.transports.connecting import Connecting

__all__ = ["AsyncPostroom"]


class AsyncPostroom:
    """A gateway. Each group of operations is an attribute. It belongs to one event loop."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 60.0,
        retries: Retries | None = None,
        tls: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`timeout` is the seconds for which an answer is awaited. `tls` says which certificates are trusted.

        `transport` replaces the network, for tests. Raises ValueError for a URL that is none.
        """
        connecting = Connecting.to(url, token, timeout=timeout, retries=retries or Retries())
        self._transport = AsyncTransport(connecting, tls=tls, http=transport)
        self.accounts = groups.AsyncAccounts(self._transport)
        self.folders = groups.AsyncFolders(self._transport)
        self.messages = groups.AsyncMessages(self._transport)
        self.submissions = groups.AsyncSubmissions(self._transport)
        self.outbox = groups.AsyncOutbox(self._transport)
        self.webhooks = groups.AsyncWebhooks(self._transport)
        self.events = groups.AsyncEvents(self._transport)
        self.tokens = groups.AsyncTokens(self._transport)
        self.oauth2 = groups.AsyncApplications(self._transport)
        self.settings = groups.AsyncSettings(self._transport)
        self.nodes = groups.AsyncNodes(self._transport)
        self.health = groups.AsyncHealth(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    verify_webhook = staticmethod(webhooks.verify)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.connecting.url!r})"
