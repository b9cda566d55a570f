"""The address of a client behind proxies."""

from __future__ import annotations

import pytest

from postroom.access.addresses import nearest_stranger

PROXY, TRUSTED = "10.0.0.1", ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        (None, [], TRUSTED, None),
        ("192.0.2.1", ["198.51.100.9"], TRUSTED, "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.9"], (), "192.0.2.1"),
        (PROXY, ["198.51.100.9"], TRUSTED, "198.51.100.9"),
        (PROXY, ["1.2.3.4, 198.51.100.9, 10.0.0.2"], TRUSTED, "198.51.100.9"),
        (PROXY, ["1.2.3.4", "198.51.100.9"], TRUSTED, "198.51.100.9"),
        (PROXY, [" , "], TRUSTED, PROXY),
        (PROXY, ["10.0.0.3"], TRUSTED, "10.0.0.3"),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(
    peer: str | None, forwarded: list[str], trusted: tuple[str, ...], found: str | None
) -> None:
    assert nearest_stranger(peer, forwarded, trusted) == found
