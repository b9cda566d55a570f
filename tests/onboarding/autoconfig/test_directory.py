"""What is made of the records of a domain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

from postroom.connections.hosts.addresses import IpAddress
from postroom.connections.hosts.checked_host import CheckedHost
from postroom.onboarding.autoconfig.directory import Directory, Service


@dataclass
class Records:
    """Records by name and kind; a name that is not there never answers."""

    known: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        return []

    async def records(self, name: str, kind: Literal["MX", "SRV"]) -> list[Any]:
        if (name, kind) not in self.known:
            await asyncio.Event().wait()
        return self.known[name, kind]


def mx(priority: int, exchange: str) -> Any:
    return SimpleNamespace(priority=priority, exchange=exchange)


def srv(priority: int, weight: int, port: int, target: str) -> Any:
    return SimpleNamespace(priority=priority, weight=weight, port=port, target=target)


async def test_exchangers_come_in_the_order_of_their_priority() -> None:
    found = [mx(20, "B.example."), mx(10, "a.example."), mx(5, ".")]
    directory = Directory(Records({("mail.example", "MX"): found}))
    assert await directory.exchangers("mail.example", 30) == ["a.example", "b.example"]


async def test_a_service_is_where_the_priority_and_then_the_weight_say() -> None:
    found = [srv(1, 5, 993, "slow.example."), srv(0, 1, 993, "light.example."), srv(0, 9, 994, "heavy.example.")]
    directory = Directory(Records({("_imaps._tcp.mail.example", "SRV"): found}))
    assert await directory.service("_imaps._tcp", "mail.example", 30) == Service("heavy.example", 994)


async def test_a_service_that_is_decidedly_not_offered_is_none() -> None:
    directory = Directory(Records({("_imaps._tcp.mail.example", "SRV"): [srv(0, 0, 0, ".")]}))
    assert await directory.service("_imaps._tcp", "mail.example", 30) is None


async def test_name_servers_that_do_not_answer_are_the_same_as_no_records() -> None:
    directory = Directory(Records())
    assert await directory.exchangers("mail.example", 0.01) == []
    assert await directory.service("_imaps._tcp", "mail.example", 0.01) is None
