"""The test certificates satisfy the rules of TLS libraries for real ones."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from tests.fakes.certificates import ServerCertificate, server_certificate


async def handshake(certificate: ServerCertificate, name: str) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=certificate.server_context())
    port = server.sockets[0].getsockname()[1]
    context = certificate.client_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        await reader.read()
        writer.close()
    finally:
        server.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_loopback_names_are_trusted_even_strictly(name: str) -> None:
    await handshake(server_certificate(), name)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (server_certificate(("other.example.test",)), "Hostname mismatch"),
        (server_certificate(valid_days=-1), "expired"),
    ],
)
async def test_wrong_name_and_expiry_are_noticed(certificate: ServerCertificate, reason: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        await handshake(certificate, "localhost")


def test_made_once() -> None:
    assert server_certificate() is server_certificate()
