"""The demonstration's webhook receiver: accepts every POST on loopback and queues the event in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Any

import orjson
from aiohttp import web

from postroom.demo.mailbox import LOOPBACK
from postroom.footprint.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DemoReceiver:
    """A running receiver: its URL, and the events in the order in which they arrived."""

    url: str
    arrived: asyncio.Queue[Mapping[str, Any]] = field(default_factory=asyncio.Queue)


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[DemoReceiver]:
    """Run a receiver that answers 200 to every JSON object posted, 400 to anything else."""
    arrived: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        try:
            event = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return web.Response(status=400, text="This is not JSON.")
        if not isinstance(event, dict):
            return web.Response(status=400, text="This is not a JSON object.")
        arrived.put_nowait(event)
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/webhook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        yield DemoReceiver(f"http://{LOOPBACK}:{runner.addresses[0][1]}/webhook", arrived)
    finally:
        await runner.cleanup()
