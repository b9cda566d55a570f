"""Which address a request comes from."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.api.pipeline.auth import client_address

PROXIES = ("10.0.0.0/8",)


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None})


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        (None, (), (), None),
        ("192.0.2.1", (), PROXIES, "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.7",), PROXIES, "192.0.2.1"),
        ("10.0.0.1", ("198.51.100.7",), (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.7",), PROXIES, "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.7, 10.1.1.1",), PROXIES, "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.7"), PROXIES, "198.51.100.7"),
        ("10.0.0.1", (" , ",), PROXIES, "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_speak_for_others(
    peer: str | None, forwarded: tuple[str, ...], trusted: tuple[str, ...], address: str | None
) -> None:
    assert client_address(request(peer, *forwarded), trusted) == address
