"""The client of webhooks is loaded with the first of them, and nothing else waits for it."""

from __future__ import annotations

import asyncio
import sys

from tests.fakes.webhook_receiver import WebhookReceiver


async def test_the_first_requests_load_their_library_in_a_thread_and_share_a_session() -> None:
    """A load on the loop would stop all mail for a tenth of a second and more."""
    async with WebhookReceiver() as receiver:
        program = [sys.executable, "-c", _FIRST_REQUESTS, receiver.url]
        process = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
    assert said.decode().splitlines() == ["200 200", "loaded aside", "sessions: 1"]
    assert len(receiver.requests) == 2


_FIRST_REQUESTS = """
import asyncio, gc, sys, threading
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.webhooks.later_client import LaterClient
from postroom.webhooks.endpoints.targets import WebhookRequest

loads = {}
sys.addaudithook(lambda event, of: event == "import" and loads.setdefault(of[0], threading.current_thread()))

async def main():
    client = LaterClient(AddressPolicy.ANY, LOCALHOST, 60.0)
    request = WebhookRequest(sys.argv[1], {}, b"{}")
    answers = await asyncio.gather(*[client.post(request) for _ in range(2)])
    print(*[answer.status for answer in answers])
    of_client = {thread for name, thread in loads.items() if name.startswith(("aiohttp", "postroom"))}
    print("loaded", *("on the loop" if each is threading.main_thread() else "aside" for each in of_client))
    from aiohttp import ClientSession
    print("sessions:", sum(isinstance(each, ClientSession) for each in gc.get_objects()))
    await client.close()

asyncio.run(main())
"""
