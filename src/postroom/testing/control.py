"""The HTTP interface by which tests control the process beside them: stages, their mailboxes, what they received."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from pathlib import Path

from aiohttp import web

from postroom.demo.mailbox import LOOPBACK
from postroom.footprint.dataclass import dataclass
from postroom.testing.stage import ReceivedRequest, Stage

_LARGEST_WEBHOOK = 64 * 1024 * 1024


@dataclass(slots=True)
class Control:
    """The stages of a process. `group` owns their tasks, and `template` is a data folder at the newest schema."""

    group: asyncio.TaskGroup
    template: Path
    folder: Path
    stages: dict[str, Stage] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def application(self) -> web.Application:
        """Return the application with all paths."""
        app = web.Application(client_max_size=_LARGEST_WEBHOOK)
        app.router.add_post("/stages", self.open)
        app.router.add_delete("/stages/{stage}", self.shut)
        app.router.add_post("/stages/{stage}/mailboxes", self.open_mailbox)
        app.router.add_get("/stages/{stage}/sent", self.sent)
        app.router.add_get("/stages/{stage}/webhooks", self.webhooks)
        app.router.add_post("/stages/{stage}/hook", self.receive)
        return app

    async def open(self, _request: web.Request) -> web.Response:
        """Open a stage; the answer comes when its gateway answers."""
        name = secrets.token_hex(4)
        stage = self.stages[name] = Stage(self.template, self.folder / name)
        self._tasks[name] = self.group.create_task(stage.run(), name=f"stage {name}")
        running = await stage.ready
        return web.json_response({"stage": name, "url": running.base_url, "token": stage.token})

    async def shut(self, request: web.Request) -> web.Response:
        """End a stage; the answer comes when nothing of it runs any more."""
        name = request.match_info["stage"]
        self._stage(request).close()
        await asyncio.wait([self._tasks.pop(name)])
        del self.stages[name]
        return web.json_response({})

    async def open_mailbox(self, request: web.Request) -> web.Response:
        """Open a mailbox; the answer has the ports of its servers."""
        stage, wanted = self._stage(request), await request.json()
        mailbox = await stage.open_mailbox(wanted["user"], wanted["password"])
        ports = {"imapPort": mailbox.imap_port, "smtpPort": stage.smtp_port}
        return web.json_response({"host": mailbox.host, **ports})

    async def sent(self, request: web.Request) -> web.Response:
        """Answer with the messages that were handed in over SMTP, oldest first."""
        found = [
            {
                "sender": mail.sender,
                "recipients": list(mail.recipients),
                "content": base64.b64encode(mail.content).decode(),
            }
            for mail in self._stage(request).office.taken
        ]
        return web.json_response(found)

    async def webhooks(self, request: web.Request) -> web.Response:
        """Answer with the webhooks that were received, oldest first."""
        found = [
            {"headers": dict(each.headers), "body": base64.b64encode(each.body).decode()}
            for each in self._stage(request).webhooks
        ]
        return web.json_response(found)

    async def receive(self, request: web.Request) -> web.Response:
        """Take a webhook."""
        headers = tuple((name.lower(), value) for name, value in request.headers.items())
        self._stage(request).webhooks.append(ReceivedRequest(headers, await request.read()))
        return web.Response()

    def _stage(self, request: web.Request) -> Stage:
        stage = self.stages.get(request.match_info["stage"])
        if stage is None:
            raise web.HTTPNotFound
        return stage

    def close_all(self) -> None:
        """Have every stage end."""
        for stage in self.stages.values():
            stage.close()


@asynccontextmanager
async def serving(control: Control) -> AsyncIterator[str]:
    """Serve the interface on loopback; yield its URL."""
    runner = web.AppRunner(control.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
