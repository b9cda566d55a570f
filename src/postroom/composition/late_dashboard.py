"""The dashboard until somebody visits it: only then its modules are loaded. They take 3 MiB."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.api.pipeline.route import Api
from postroom.composition.services import Ground

if TYPE_CHECKING:
    from postroom.web.dashboard.desk import Desk

__all__ = ["LateDashboard"]


class LateDashboard:
    """An application that is built for its first request. `calls` is the application of the API."""

    def __init__(self, ground: Ground, api: Api, calls: ASGIApp) -> None:
        self._ground = ground
        self._api = api
        self._calls = calls
        self._entrance = asyncio.Lock()
        self._application: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        application = self._application or await self._opened()
        await application(scope, receive, send)

    @cached_property
    def desk(self) -> Desk:
        """The services of the dashboard."""
        from postroom.composition.dashboard import desk_of

        return desk_of(self._ground, self._api, self._calls)

    async def _opened(self) -> ASGIApp:
        async with self._entrance:
            if self._application is None:
                # Loading takes 0.15 seconds of processor time, in which mail has to go on.
                self._application = await asyncio.to_thread(self._build)
            return self._application

    def _build(self) -> ASGIApp:
        from postroom.composition.dashboard import application_of

        return application_of(self.desk)
