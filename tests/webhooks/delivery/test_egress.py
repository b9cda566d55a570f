"""No webhook leaves for an address that is refused, however it is written or resolved."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.webhooks.delivery.client import HttpClient
from postroom.webhooks.delivery.egress import open_session
from postroom.webhooks.endpoints.targets import WebhookRequest
from postroom.webhooks.retry import Answer
from postroom.words.masking import split_userinfo
from tests.fakes.webhook_receiver import WebhookReceiver


class Answers(AbstractResolver):
    """A name server that gives one answer after the other, and the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        return None


async def post(url: str, policy: AddressPolicy = AddressPolicy.ANY, resolver: Answers | None = None) -> Answer:
    async with open_session(policy, 10, resolver=resolver, lookups=LOCALHOST) as session:
        address, _ = split_userinfo(url)
        return await HttpClient(session, 5).post(WebhookRequest(address, {}, b"{}"))


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "user:pass@169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fd00:ec2::254]",
        "0.0.0.0",
        "metadata.google.internal",
        "１６９．２５４．１６９．２５４",
    ],
)
async def test_link_local_and_metadata_addresses_are_always_refused(host: str) -> None:
    answer = await post(f"http://{host}:80/latest")
    assert answer.code in ("EEGRESSBLOCKED", "EINVALIDURL"), answer


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "[64:ff9b::a01:203]"]
)
async def test_private_ones_are_refused_by_setting(host: str) -> None:
    answer = await post(f"http://{host}:9/", AddressPolicy.PUBLIC)
    assert answer.code == "EEGRESSBLOCKED"


async def test_a_private_receiver_is_reached_without_that_setting(receiver: WebhookReceiver) -> None:
    assert (await post(receiver.url)).status == 200


async def test_a_name_is_refused_by_what_it_resolves_to() -> None:
    answer = await post("http://innocent.example/", resolver=Answers(["169.254.169.254"]))
    assert answer.code == "EEGRESSBLOCKED"


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    answer = await post("http://innocent.example/", resolver=Answers(["203.0.113.7", "::ffff:169.254.169.254"]))
    assert answer.code == "EEGRESSBLOCKED"


async def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_used(receiver: WebhookReceiver) -> None:
    rebinding = Answers(["127.0.0.1"], ["169.254.169.254"])
    answer = await post(f"http://rebind.example:{receiver.port}/hook", resolver=rebinding)
    assert (answer.status, rebinding.asked) == (200, 1)
    assert receiver.requests[0].headers["host"].startswith("rebind.example")


async def test_a_name_that_changes_later_is_checked_anew(receiver: WebhookReceiver) -> None:
    rebinding = Answers(["127.0.0.1"], ["169.254.169.254"])
    url = f"http://rebind.example:{receiver.port}/hook"
    assert (await post(url, resolver=rebinding)).status == 200
    assert (await post(url, resolver=rebinding)).code == "EEGRESSBLOCKED"
    assert len(receiver.requests) == 1
