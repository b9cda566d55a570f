"""Runs the demonstration: sandbox, receiver and gateway in one process, and the story over the gateway's API."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path
from socket import socket

from postroom.app import Running, run_gateway
from postroom.demo.client import client
from postroom.demo.farewell import environment_file, invite
from postroom.demo.mailbox import LOOPBACK
from postroom.demo.receiver import DemoReceiver, webhook_receiver
from postroom.demo.sandbox import Sandbox, sandbox
from postroom.demo.screen import Screen
from postroom.demo.story import STEP_LIMIT, StepFailed, Story
from postroom.server.listening import PortTaken, bind
from postroom.settings import Settings


async def run_demo(screen: Screen, *, once: bool, port: int) -> None:
    """Tell the story; without `once`, stay up afterwards. Raises StepFailed, PostroomError.

    `port` is the API's. If another program uses it, the system picks a free one.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-demo-")))
        screen.title("Postroom, with a mail server to try it on")
        box = await stack.enter_async_context(sandbox())
        receiver = await stack.enter_async_context(webhook_receiver())
        _introduce(screen, box, receiver)
        listener = stack.enter_context(closing(_listen(screen, port)))
        settings = demo_settings(folder, secrets.token_hex(32))
        try:
            await _run(settings, listener, box, receiver, screen, once=once)
        except BaseExceptionGroup as group:
            raise _first(group) from None


async def _run(
    settings: Settings, listener: socket, box: Sandbox, receiver: DemoReceiver, screen: Screen, *, once: bool
) -> None:
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        gateway = group.create_task(run_gateway(settings, ready=ready.set_result, listener=listener))
        running = await _started(ready)
        screen.fact("Postroom", running.base_url)
        password = settings.admin_password.get_secret_value() if settings.admin_password else ""
        screen.fact("Dashboard", f"{running.base_url}/, password “{password}”")
        token = settings.token.get_secret_value() if settings.token else ""
        api = client(running.base_url, token)
        async with api.session:
            story = Story(api, box, receiver, screen)
            webhooks = group.create_task(story.show_webhooks())
            await story.tell()
            if not once:
                with environment_file(running.base_url, token) as written:
                    invite(screen, box, running.base_url, token, password, written)
                    await asyncio.Event().wait()
            webhooks.cancel()
        gateway.cancel()


async def _started(ready: asyncio.Future[Running]) -> Running:
    try:
        async with asyncio.timeout(STEP_LIMIT):
            return await ready
    except TimeoutError as error:
        raise StepFailed(
            f"The demonstration stopped: starting Postroom took more than {STEP_LIMIT:.0f} seconds."
        ) from error


def _introduce(screen: Screen, box: Sandbox, receiver: DemoReceiver) -> None:
    mailbox = box.mailbox
    screen.fact("Sandbox mail server", f"IMAP {mailbox.host}:{mailbox.imap_port}, SMTP {mailbox.host}:{box.smtp_port}")
    screen.fact("Sandbox mailbox", f"{mailbox.user}, password “{mailbox.password}”")
    screen.fact("Webhook receiver", receiver.url)


def demo_settings(folder: Path, token: str) -> Settings:
    """Return the default settings, independent of the operator's own environment and files."""
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    password = secrets.token_urlsafe(12)
    own = {"data_dir": folder, "token": token, "log_level": "warning", "admin_password": password}
    return Settings(**defaults | own)


def _listen(screen: Screen, port: int) -> socket:
    try:
        return bind(LOOPBACK, port)
    except PortTaken:
        screen.note(f"  Port {port} is taken by another program, so the system picks one for Postroom.")
        return bind(LOOPBACK, 0)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
