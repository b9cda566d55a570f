"""What a certificate says of itself."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

from postroom.connections.sockets.certificate import read_certificate
from tests.fakes.certificates import server_certificate


def test_a_certificate() -> None:
    made = server_certificate(("mail.example.com", "192.0.2.7"), valid_days=5)
    read = read_certificate(ssl.PEM_cert_to_DER_cert(made.certificate.decode()))
    assert read is not None
    assert (read.subject, read.issuer) == ("mail.example.com", "Postroom test authority")
    assert read.names == ("mail.example.com", "192.0.2.7")
    assert timedelta(days=4) < read.expires - datetime.now(UTC) < timedelta(days=6)


def test_what_is_none() -> None:
    assert read_certificate(b"") is None
    assert read_certificate(b"\x30\x03\x02\x01\x01") is None
