"""TLS over bytes without a socket, against the standard library's own server side."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path

import pytest

from postroom.connections.sockets.tls import NotTls, TlsLayer, looks_like_tls, tls_context
from tests.fakes.certificates import server_certificate


class Server:
    """The server side in memory."""

    def __init__(self) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = server_certificate().server_context().wrap_bio(self._in, self._out, server_side=True)

    def take(self, data: bytes) -> bytes:
        """Feed bytes; return what the server sends for its handshake."""
        self._in.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self._out.read()

    def read(self, data: bytes) -> bytes:
        """Feed bytes; return the plain text in them."""
        self._in.write(data)
        plain = b""
        try:
            while chunk := self.tls.read(65536):
                plain += chunk
        except ssl.SSLWantReadError:
            pass
        return plain

    def write(self, plain: bytes) -> bytes:
        self.tls.write(plain)
        return self._out.read()

    def end(self) -> bytes:
        """Say goodbye; return the bytes that do."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        return self._out.read()


@pytest.fixture
def context() -> ssl.SSLContext:
    return server_certificate().client_context()


def shaken(context: ssl.SSLContext, name: str = "localhost") -> tuple[TlsLayer, Server]:
    """A client and a server whose handshake is complete."""
    layer, server = TlsLayer(context, name), Server()
    assert not layer.handshake()
    while not layer.established:
        answer = server.take(layer.data_to_send())
        layer.receive(answer)
    # With TLS 1.3 the server now hands out tickets.
    layer.receive(server.take(layer.data_to_send()))
    return layer, server


def test_text_goes_both_ways_in_pieces_of_any_size(context: ssl.SSLContext) -> None:
    layer, server = shaken(context)
    large = b"x" * 100_000
    assert server.read(layer.encrypt(large)) == large
    sealed = server.write(large)
    plain = b"".join(layer.receive(sealed[at : at + 1000])[0] for at in range(0, len(sealed), 1000))
    assert plain == large


def test_the_connection_is_described_and_its_certificate_kept(context: ssl.SSLContext) -> None:
    assert TlsLayer(context, "localhost").describe() == ("", "")
    assert TlsLayer(context, "localhost").certificate == b""
    layer, _ = shaken(context)
    version, cipher = layer.describe()
    assert version.startswith("TLSv1.")
    assert cipher
    assert ssl.DER_cert_to_PEM_cert(layer.certificate).encode().strip() in server_certificate().certificate


def test_the_end_of_the_stream_is_told_and_answered(context: ssl.SSLContext) -> None:
    layer, server = shaken(context)
    text, goodbye = server.write(b"last"), server.end()
    assert layer.receive(text + goodbye) == (b"last", True)
    assert layer.close()


def test_a_certificate_for_another_name_is_refused_with_an_alert(context: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(context, "other.example")


def test_an_answer_in_plain_text_is_called_so(context: ssl.SSLContext) -> None:
    layer = TlsLayer(context, "localhost")
    layer.handshake()
    with pytest.raises(NotTls) as caught:
        layer.receive(b"220 ready\r\n")
    assert caught.value.said == b"220 ready\r\n"


@pytest.mark.parametrize(
    ("first", "is_tls"),
    [(b"\x16\x03\x01", True), (b"\x15", True), (b"\x16\x02", False), (b"* OK", False), (b"", False)],
)
def test_a_stream_of_tls_is_known_by_its_first_bytes(first: bytes, is_tls: bool) -> None:
    assert looks_like_tls(first) is is_tls


def test_contexts_demand_what_they_are_told_to(tmp_path: Path) -> None:
    strict = tls_context()
    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert strict.minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls_context() is strict
    lax = tls_context(verify=False)
    assert (lax.verify_mode, lax.check_hostname) == (ssl.CERT_NONE, False)
    outdated = tls_context(min_version=ssl.TLSVersion.TLSv1)
    assert outdated.minimum_version == ssl.TLSVersion.TLSv1
    assert outdated.verify_mode == ssl.CERT_REQUIRED
    authority = server_certificate().write(tmp_path)[2]
    layer, _ = shaken(tls_context(ca_file=authority))
    assert layer.established
    with pytest.raises(OSError, match="No such file"):
        tls_context(ca_file=tmp_path / "missing.pem")
