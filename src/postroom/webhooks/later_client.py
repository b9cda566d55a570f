"""Posts webhooks with a client that is loaded and opened with the first of them, in a thread."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.tasks import loaded
from postroom.webhooks.delivery.board import CEILING
from postroom.webhooks.endpoints.targets import WebhookRequest
from postroom.webhooks.retry import Answer

if TYPE_CHECKING:
    from postroom.webhooks.delivery.client import HttpClient

__all__ = ["LaterClient"]


class LaterClient:
    """A client that is loaded with the first request. aiohttp takes 8 MiB, and many gateways post nothing."""

    def __init__(self, policy: AddressPolicy, lookups: LooksUp, timeout: float) -> None:
        self._policy = policy
        self._lookups = lookups
        self._timeout = timeout
        self._client: HttpClient | None = None
        self._open = AsyncExitStack()

    async def post(self, request: WebhookRequest) -> Answer:
        """Make one attempt."""
        client = self._client or await self._opened()
        return await client.post(request)

    async def _opened(self) -> HttpClient:
        await loaded("postroom.webhooks.delivery.client", "postroom.webhooks.delivery.egress")
        # Another request may have waited for the same.
        if self._client is None:
            from postroom.webhooks.delivery.client import HttpClient
            from postroom.webhooks.delivery.egress import open_session

            session = open_session(self._policy, CEILING, self._lookups)
            self._open.push_async_callback(session.close)
            self._client = HttpClient(session, self._timeout)
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        await self._open.aclose()
