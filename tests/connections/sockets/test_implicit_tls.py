"""Whether a connection begins with TLS."""

from __future__ import annotations

import pytest

from postroom.connections.sockets.implicit_tls import begins_with_tls


@pytest.mark.parametrize(
    ("secure", "port", "begins"),
    [
        (None, 993, True),
        (None, 465, True),
        (None, 143, False),
        (None, 587, False),
        (True, 143, True),
        (False, 993, False),
    ],
)
def test_the_setting_decides_and_without_one_the_port(secure: object, port: int, begins: bool) -> None:
    assert begins_with_tls(secure, port) is begins
