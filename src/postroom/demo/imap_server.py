"""The sandbox's IMAP server: pymap with one user, its mailboxes in memory, on a loopback port the system picks."""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from proxyprotocol.reader import ProxyProtocolReader
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
    callback = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    server = await asyncio.start_server(callback, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        # Not waited for: since Python 3.12 that would wait for the clients to hang up first.
        server.close()
