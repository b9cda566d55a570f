"""A gateway with an empty database, a sandbox mail server and a webhook receiver, for as long as one test runs."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from contextlib import AsyncExitStack
from dataclasses import field
from pathlib import Path

from postroom.app import Running, run_gateway
from postroom.demo.imap_server import imap_server
from postroom.demo.mailbox import LOOPBACK, DemoMailbox
from postroom.demo.post_office import PostOffice
from postroom.demo.run import demo_settings
from postroom.demo.sandbox import FOLDERS
from postroom.demo.smtp_server import smtp_server
from postroom.footprint.dataclass import dataclass
from postroom.server.listening import bind


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One webhook as it arrived."""

    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """A mailbox to open."""

    user: str
    password: str = field(repr=False)
    done: asyncio.Future[DemoMailbox] = field(compare=False)


@dataclass(slots=True)
class Stage:
    """One stage. `token` has all rights at its gateway."""

    template: Path
    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    office: PostOffice = field(default_factory=lambda: PostOffice([]))
    webhooks: list[ReceivedRequest] = field(default_factory=list)
    smtp_port: int = 0
    ready: asyncio.Future[Running] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _wanted: asyncio.Queue[Opening | None] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        """Run until `close`. Raises PostroomError when the gateway cannot start."""
        async with AsyncExitStack() as stack:
            shutil.copytree(self.template, self.folder)
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.smtp_port = await stack.enter_async_context(smtp_server(self.office))
            settings = demo_settings(self.folder, self.token)
            async with asyncio.TaskGroup() as group:
                gateway = group.create_task(
                    run_gateway(settings, ready=self.ready.set_result, listener=bind(LOOPBACK, 0))
                )
                async with AsyncExitStack() as mailboxes:
                    while (opening := await self._wanted.get()) is not None:
                        opening.done.set_result(await self._opened(opening, mailboxes))
                    gateway.cancel()
                    await asyncio.wait([gateway])

    async def open_mailbox(self, user: str, password: str) -> DemoMailbox:
        """Return a new mailbox with the usual folders."""
        done: asyncio.Future[DemoMailbox] = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait(Opening(user, password, done))
        return await done

    def close(self) -> None:
        """Have `run` end."""
        self._wanted.put_nowait(None)

    async def _opened(self, opening: Opening, stack: AsyncExitStack) -> DemoMailbox:
        """Open a mailbox in the task that will close it."""
        port = await stack.enter_async_context(imap_server(opening.user, opening.password))
        mailbox = DemoMailbox(opening.user, opening.password, port)
        await mailbox.make_folders(FOLDERS)
        self.office.mailboxes.append(mailbox)
        return mailbox
