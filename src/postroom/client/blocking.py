"""The client for programs without asyncio.

with Postroom("http://127.0.0.1:3000", token) as postroom:
    for account in postroom.accounts.list(state="authenticationError"):
        print(account["account"], account["lastError"])
"""

from __future__ import annotations

import ssl
from typing import Self

import httpx

from postroom.client import webhooks
from postroom.client.groups import blocking as groups
from postroom.client.retries import Retries
from postroom.client.transports.blocking import BlockingTransport
from postroom.client.transports.connecting import Connecting

__all__ = ["Postroom"]


class Postroom:
    """A gateway. Each group of operations is an attribute. Several threads may use it at once."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 60.0,
        retries: Retries | None = None,
        tls: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`timeout` is the seconds for which an answer is awaited. `tls` says which certificates are trusted.

        `transport` replaces the network, for tests. Raises ValueError for a URL that is none.
        """
        connecting = Connecting.to(url, token, timeout=timeout, retries=retries or Retries())
        self._transport = BlockingTransport(connecting, tls=tls, http=transport)
        self.accounts = groups.Accounts(self._transport)
        self.folders = groups.Folders(self._transport)
        self.messages = groups.Messages(self._transport)
        self.submissions = groups.Submissions(self._transport)
        self.outbox = groups.Outbox(self._transport)
        self.webhooks = groups.Webhooks(self._transport)
        self.events = groups.Events(self._transport)
        self.tokens = groups.Tokens(self._transport)
        self.oauth2 = groups.Applications(self._transport)
        self.settings = groups.Settings(self._transport)
        self.nodes = groups.Nodes(self._transport)
        self.health = groups.Health(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    verify_webhook = staticmethod(webhooks.verify)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.connecting.url!r})"
