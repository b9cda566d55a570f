"""Runs uvicorn on a socket that is bound beforehand, and stops it in an orderly way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.errors import Permanent
from postroom.footprint.loading import parts_of
from postroom.server.door import Door, Inner
from postroom.server.hall import Hall

with parts_of("uvicorn"):  # see door
    import uvicorn
    from uvicorn.config import Config
    from uvicorn.server import Server

    # One of its modules takes this name from the package.
    uvicorn.Config = Config  # type: ignore[misc]

BACKLOG = 2048
MOST_UNSENT: Final = 128 * 1024
"""Octets of an answer that the system holds before they are sent."""


class PortTaken(Permanent):
    """The API cannot listen on its address."""

    code = "PortTaken"


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; with port 0 the system picks a port. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Connections inherit it. Without it, the system takes megabytes for a client that does not read.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MOST_UNSENT)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Stop what uses the port, or choose another with POSTROOM_PORT."
        ) from error
    listener.setblocking(False)
    return listener


class _Server(Server):
    """uvicorn that ends when it is told to: it handles no signals, and it does not look ten times a second."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, close what is idle, and cancel the answers that are open after the bound."""
        for open_one in (*self.servers, *(sockets or ())):
            open_one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()


def by_path(pages: Mapping[str, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """Return one application of several: paths at or below a path of `pages` go there, all others to `otherwise`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        found = next((app for at, app in pages.items() if path == at or path.startswith(f"{at}/")), otherwise)
        await found(scope, receive, send)

    return application


def _doors(hall: Hall) -> Any:
    """Return the factory that uvicorn calls for each connection."""

    def door(**given: Any) -> Door:
        def make(outside: Door) -> Inner:
            inner = Inner(**given)
            inner.door = outside
            return inner

        return Door(hall, make)

    return door


async def serve(
    app: Any,
    listener: socket.socket,
    hall: Hall,
    *,
    bound: float,
    ready: Callable[[], None],
    stopping: Callable[[], None],
) -> None:
    """Serve `app` until cancelled; then accept no more, and give open requests at most `bound` seconds.

    `stopping` is called once no more are accepted: it ends answers that would not end by themselves.
    """
    config = Config(
        app,
        http=_doors(hall),
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, int(bound)),
        backlog=BACKLOG,
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[listener]), name="http")
        try:
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
            ready()
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.leaving.set()
            hall.stop()
            stopping()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(bound + 1):
                    await asyncio.shield(serving)
            raise
