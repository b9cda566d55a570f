"""A small real proxy on loopback: HTTP CONNECT, SOCKS4, SOCKS4a and SOCKS5, with a password if one is set."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import struct
from typing import Self

HTTP_OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
HTTP_UNKNOWN = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"


class FakeProxy:
    """Relays to any destination and remembers it: `asked` holds (protocol, host, port).

    `hosts` are names that only this proxy knows, with their addresses.
    """

    host = "127.0.0.1"

    def __init__(self, login: tuple[str, str] | None = None, hosts: dict[str, str] | None = None) -> None:
        self.login = login
        self.hosts = hosts or {}
        self.asked: list[tuple[str, str, int]] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def url(self, scheme: str, userinfo: str = "") -> str:
        """The URL of this proxy for a setting."""
        return f"{scheme}://{userinfo}{self.host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            speaks = {b"\x04": self._socks4, b"\x05": self._socks5}.get(await reader.readexactly(1), self._http)
            target = await speaks(reader, writer)
            if target is not None:
                await self._relay(target, reader, writer)
        writer.close()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        head = (b"C" + await reader.readuntil(b"\r\n\r\n")).decode()
        if self.login is not None:
            token = base64.b64encode(":".join(self.login).encode()).decode()
            if f"Basic {token}" not in head:
                writer.write(HTTP_UNKNOWN)
                return None
        host, _, port = head.split()[1].rpartition(":")
        writer.write(HTTP_OK)
        return self._note("http", host, int(port))

    async def _socks4(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        _, port, address = struct.unpack("!BH4s", await reader.readexactly(7))
        await reader.readuntil(b"\0")
        host, name = socket.inet_ntoa(address), "socks4"
        if address[:3] == b"\0\0\0":
            host, name = (await reader.readuntil(b"\0"))[:-1].decode(), "socks4a"
        writer.write(b"\0\x5a" + bytes(6))
        return self._note(name, host, port)

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02" if self.login else b"\x05\x00")
        if self.login is not None:
            await reader.readexactly(1)
            given = tuple([(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)])
            writer.write(b"\x01\x00" if given == self.login else b"\x01\x01")
            if given != self.login:
                return None
        kind = (await reader.readexactly(4))[3]
        if kind == 1:
            host = socket.inet_ntoa(await reader.readexactly(4))
        else:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        return self._note("socks5", host, port)

    def _note(self, protocol: str, host: str, port: int) -> tuple[str, int]:
        self.asked.append((protocol, host, port))
        return self.hosts.get(host, host), port

    async def _relay(self, target: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*target)
        async with asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, there_writer))
            group.create_task(_copy(there_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
