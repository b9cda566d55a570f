"""The sandbox's IMAP server: pymap with one user and mailboxes in memory, on a free loopback port."""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from proxyprotocol.reader import ProxyProtocolReader
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from postroom.demo.mailbox import LOOPBACK

# pymap's configuration expects the namespace of its own command line, but reads only these two values.
_ARGUMENTS = Namespace(passlib_cfg=None, proxy_protocol=None)


class _SandboxConfig(Config):
    """pymap's settings, with a greeting that needs no DNS query for the host's name."""

    @property
    def greeting(self) -> bytes:
        return b"Postroom sandbox ready"

    @property
    def id_response(self) -> Mapping[bytes, bytes] | None:
        return {b"name": b"Postroom sandbox"}


@asynccontextmanager
async def imap_server(user: str, password: str) -> AsyncIterator[int]:
    """Serve one mailbox over plaintext IMAP on loopback; yield the port. Its content is lost when it stops."""
    config = _SandboxConfig(
        _ARGUMENTS,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        host=LOOPBACK,
        port=0,
        tls_enabled=False,
        reject_dnsbl=False,
        hash_context=Cleartext(),
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    )
    login = Login(config)
    await login.demo_user_identity.set(UserMetadata(config, user, password=password))
    server = await asyncio.start_server(_conversing(config, IMAPServer(login, config)), LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        # There is no wait_closed here: since Python 3.12 it waits until all clients have disconnected.
        server.close()


def _conversing(config: Config, serve: IMAPServer) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """Return the callback that serves a client and keeps a reference to its task.

    pymap keeps no reference to a waiting conversation, so since Python 3.13 the garbage collector would end it.
    """
    conversations: set[asyncio.Task[Any] | None] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: SocketInfo) -> None:
        conversations.add(asyncio.current_task())
        try:
            await serve(reader, writer, socket)
        finally:
            conversations.discard(asyncio.current_task())

    callback: Callable[..., Any] = ProxyProtocolReader(config.proxy_protocol).get_callback(converse)
    return callback
