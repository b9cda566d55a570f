"""A small HTTPS server on 127.0.0.1 for many host names, and the resolver that leads their names to it.

async with FakeWeb("autoconfig.example.com") as web:
    web.pages["autoconfig.example.com/mail/config-v1.1.xml"] = b"<clientConfig/>"
    web.redirects["example.com/old"] = "https://example.com/new"
    web.silent.add("example.com/slow")
    assert web.asked == []
"""

from __future__ import annotations

import asyncio
import socket
from typing import Self

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.fakes.certificates import ServerCertificate, server_certificate


class FakeWeb(AbstractResolver):
    """Serves `pages` by host and path. Other paths are 404, and other names do not exist.

    `addresses` resolves a name to another address.
    """

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.pages: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.silent: set[str] = set()
        self.addresses: dict[str, str] = {}
        self.asked: list[str] = []
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def certificate(self) -> ServerCertificate:
        """The certificate for all the hosts."""
        return server_certificate(self.hosts)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.certificate.server_context())
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.host}{request.path_qs}")
        page = f"{request.host}{request.path}"
        if page in self.silent:
            await asyncio.sleep(60)
        if page in self.redirects:
            return web.Response(status=302, headers={"location": self.redirects[page]})
        if page not in self.pages:
            return web.Response(status=404)
        return web.Response(body=self.pages[page], content_type="text/xml")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host not in self.hosts and host not in self.addresses:
            raise OSError(f"no such host: {host}")
        address = self.addresses.get(host, "127.0.0.1")
        return [
            ResolveResult(hostname=host, host=address, port=self.port, family=socket.AF_INET, proto=0, flags=0),
        ]

    async def close(self) -> None:
        return None
