"""Tells the service manager (sd_notify(3)) that Postroom is ready, is stopping, or that its event loop still runs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any

from postroom.log import get_logger
from postroom.settings import ServiceManager

log = get_logger("service")

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"


def tell(manager: ServiceManager | None, message: str) -> None:
    """Send one message to the service manager, if there is one. A failure is only logged."""
    if manager is None:
        return
    # An address that begins with @ is in the abstract namespace, where names begin with a zero byte.
    address = "\0" + manager.address[1:] if manager.address.startswith("@") else manager.address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(message.encode(), address)
        except OSError as error:
            log.warning("could not tell the service manager", message=message, error=error.strerror)


async def watched(work: Coroutine[Any, Any, None], manager: ServiceManager | None) -> None:
    """Run `work`. Meanwhile notify the service manager's watchdog, if it has one, that the event loop runs."""
    if manager is None or manager.watchdog is None:
        await work
        return
    async with asyncio.TaskGroup() as group:
        proof = group.create_task(_prove(manager, manager.watchdog / 2), name="watchdog")
        try:
            await work
        finally:
            proof.cancel()


async def _prove(manager: ServiceManager, pause: float) -> None:
    while True:
        tell(manager, ALIVE)
        await asyncio.sleep(pause)
