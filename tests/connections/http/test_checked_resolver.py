"""Names become addresses only if the policy allows every one of them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, IpAddress
from postroom.connections.hosts.checked_host import CheckedHost
from postroom.connections.http.checked_resolver import CheckedResolver


@dataclass
class Names:
    """A directory of our own."""

    known: dict[str, list[str]]

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        return [ip_address(text) for text in self.known[host.name]]

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        return []


class Given(AbstractResolver):
    """A resolver that is asked instead."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in self.hosts
        ]

    async def close(self) -> None:
        self.closed = True


async def test_every_address_of_a_name_is_handed_over_with_its_family() -> None:
    resolver = CheckedResolver(AddressPolicy.PUBLIC, Names({"one.example": ["93.184.216.34", "2606:2800:220:1::1"]}))
    found = await resolver.resolve("One.Example", 443)
    assert [(each["host"], each["port"], each["family"]) for each in found] == [
        ("93.184.216.34", 443, socket.AF_INET),
        ("2606:2800:220:1::1", 443, socket.AF_INET6),
    ]


async def test_one_address_that_is_refused_refuses_the_name() -> None:
    resolver = CheckedResolver(AddressPolicy.PUBLIC, Names({"one.example": ["93.184.216.34", "10.0.0.1"]}))
    with pytest.raises(AddressRefused):
        await resolver.resolve("one.example", 443)


async def test_what_is_no_name_is_a_name_that_is_not_known() -> None:
    with pytest.raises(socket.gaierror) as caught:
        await CheckedResolver(AddressPolicy.ANY, Names({})).resolve("two words", 443)
    assert caught.value.errno == socket.EAI_NONAME


async def test_a_resolver_that_is_asked_instead_is_checked_too_and_closed() -> None:
    good, bad = Given("93.184.216.34"), Given("127.0.0.1")
    resolver = CheckedResolver(AddressPolicy.PUBLIC, Names({}), good)
    assert [each["host"] for each in await resolver.resolve("one.example", 1)] == ["93.184.216.34"]
    with pytest.raises(AddressRefused):
        await CheckedResolver(AddressPolicy.PUBLIC, Names({}), bad).resolve("one.example", 1)
    await resolver.close()
    assert good.closed
    await CheckedResolver(AddressPolicy.PUBLIC, Names({})).close()
