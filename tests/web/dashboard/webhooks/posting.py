"""A dashboard whose gateway posts webhooks to a receiver, with two accounts to send events from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from postroom.web.dashboard.desk import Desk
from postroom.webhooks.endpoints.change import EndpointChange
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.web.dashboard.desk_site import BOX, DeskSite, open_desk
from tests.webhooks.conftest import House


@dataclass
class Posting:
    """The dashboard, its receiver, and the house that makes events and delivers them."""

    site: DeskSite
    receiver: WebhookReceiver
    house: House

    @property
    def desk(self) -> Desk:
        """The services that the screens get."""
        return self.site.gateway.desk

    async def add(self, change: EndpointChange | None = None) -> str:
        """Add an endpoint at the receiver, and return its id."""
        view = await self.desk.webhooks.create(EndpointChange(url=self.receiver.url_for("/object")))
        if change is not None:
            await self.desk.webhooks.update(view.id, change)
        return view.id

    async def delivered(self, *numbers: int) -> list[int]:
        """Announce events of anna, deliver them, and return the numbers of all deliveries."""
        async with self.house.delivering():
            await self.house.announce_numbers("anna", *numbers)
            await self.house.wait_until_routed()
            await self.house.wait_until_done()
        return [row.id for row in await self.house.rows()]


@asynccontextmanager
async def open_posting(url: str, folder: Path) -> AsyncIterator[Posting]:
    """Open it. Events of all accounts go to the receiver; pages are told of changes."""
    async with open_desk(url, folder) as site, WebhookReceiver() as receiver:
        reading = asyncio.ensure_future(site.gateway.api.streams.run())
        house = House(site.db, BOX)
        house.runtime = site.gateway.desk.runtime
        await house.runtime.update({"webhooks": receiver.url, "serviceSecret": "the service secret"})
        for account in ("anna", "bert"):
            await house.add_account(account)
        yield Posting(site, receiver, house)
        reading.cancel()
        await asyncio.wait([reading])
