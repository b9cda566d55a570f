"""An authentication server over real HTTP: gives credentials by account and protocol, demands its own, fails on demand.

async with FakeAuthServer() as server:
    server.give("a", {"user": "u1", "pass": "pass"})
    await runtime.update({"authServer": server.url})        # with the user name and password of the server in it
    assert server.asked == [("a", "imap")]
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Self
from urllib.parse import quote

from aiohttp import web

USER, PASSWORD = "gate keeper", "the gate's s3cret@/:"


class FakeAuthServer:
    """Listens on 127.0.0.1. Unknown accounts get 404. `status` (not 200) and `text` replace every answer."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self.text: str | None = None
        self.port = 0
        self._given: dict[str, dict[str, Any]] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The value of the setting."""
        userinfo = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        return f"http://{userinfo}@127.0.0.1:{self.port}/lend?house=one"

    def give(self, account: str, answer: dict[str, Any]) -> None:
        """Set the answer for an account from now on."""
        self._given[account] = answer

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/lend", self._lend)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _lend(self, request: web.Request) -> web.Response:
        expected = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != expected or request.query["house"] != "one":
            return web.Response(status=401)
        account = request.query["account"]
        self.asked.append((account, request.query["proto"]))
        if self.status != 200 or self.text is not None:
            location = {"Location": "/elsewhere"} if self.status in (301, 302, 307) else {}
            return web.Response(status=self.status, text=self.text or "no", headers=location)
        if account not in self._given:
            return web.Response(status=404)
        return web.json_response(self._given[account])
