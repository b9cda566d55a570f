"""The sandbox's IMAP server: pymap with one user, its mailboxes in memory, on a loopback port the system picks."""

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

LOOPBACK = "127.0.0.1"
# pymap's configuration expects the namespace its own command line makes; these two are all it reads of it.
_ARGUMENTS = Namespace(passlib_cfg=None, proxy_protocol=None)


class _SandboxConfig(Config):
    """pymap's settings, with an introduction that asks no name server for the host's name."""

    @property
    def greeting(self) -> bytes:
        return b"Postroom sandbox ready"

    @property
    def id_response(self) -> Mapping[bytes, bytes] | None:
        return {b"name": b"Postroom sandbox"}


@asynccontextmanager
async def imap_server(user: str, password: str) -> AsyncIterator[int]:
    """Serve one mailbox over plaintext IMAP on loopback; yield the port. What it holds is gone when it stops."""
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
        # Not waited for: since Python 3.12 that would wait for the clients to hang up first.
        server.close()


def _conversing(config: Config, serve: IMAPServer) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """What to do with a client.

    Nothing of pymap refers to a conversation that waits, so that from Python 3.13 on the garbage collector ends it.
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
