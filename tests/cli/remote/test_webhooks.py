"""`postroom webhooks` against a real gateway and a real receiver."""

from __future__ import annotations

import asyncio
import signal

import pytest

from postroom.cli.remote.webhooks import DeliveryNews
from postroom.schemas.answers.webhooks import Delivery
from tests.cli.remote.commands import CommandLine
from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.flows.gateway import Gateway, sooner_or_later

with_gateway = pytest.mark.asyncio(loop_scope="session")

DISABLED = {"host": "127.0.0.1", "port": 1, "disabled": True}


@with_gateway
async def test_an_endpoint_is_listed_tested_followed_and_replayed(gateway: Gateway, person: CommandLine) -> None:
    async with WebhookReceiver() as receiver:
        body = {
            "url": receiver.url,
            "events": ["accountAdded"],
            "description": "\x1b[2Jours",
            "secret": "hidden-hidden-hidden",
        }
        made = await gateway.ask("POST", "/v1/webhooks", body | {"secret": "whsec_" + "aGlk" * 8})
        endpoint = made["id"]
        try:
            listed = await person.run("webhooks", "list")
            assert endpoint in listed.out
            assert "aGlk" * 8 not in listed.out
            assert "\x1b" not in listed.out
            (as_json,) = [each for each in await person.read("webhooks", "list") if each["id"] == endpoint]
            assert as_json["description"] == "\x1b[2Jours"
            tested = await person.run("webhooks", "test", endpoint)
            assert (tested.status, "200" in tested.out) == (0, True)
            with person.process("webhooks", "tail", endpoint, "--every", "0.2") as tail:
                await gateway.register("ada", DISABLED)
                line = await asyncio.to_thread(tail.wait_for, r"(\d+) \S+ delivered +accountAdded +ada  200")
                assert await asyncio.to_thread(tail.stop, signal.SIGINT) == 130
            replayed = await person.run("webhooks", "replay", endpoint, line.group(1))
            assert (replayed.status, replayed.out) == (0, "queued  yes\n")
            await receiver.wait_for(lambda request: len(receiver.requests) >= 3)

            async def settled() -> bool:
                listed = await gateway.ask("GET", f"/v1/webhooks/{endpoint}/deliveries")
                return all(each["state"] == "delivered" for each in listed["deliveries"])

            # A delivery that still waits is not queued twice, and its result is stored a little after the request.
            await sooner_or_later(settled, what="all deliveries have their result")
            again = await person.read("webhooks", "replay", endpoint, "--since", "2026-01-01", "--account", "ada")
            assert again[0]["queued"] >= 1
            await receiver.wait_for(lambda request: len(receiver.requests) >= 4)
        finally:
            await gateway.ask("DELETE", f"/v1/webhooks/{endpoint}")


@with_gateway
async def test_a_test_that_fails_is_exit_1(gateway: Gateway, person: CommandLine) -> None:
    async with WebhookReceiver() as receiver:
        receiver.answer_with(respond(500))
        made = await gateway.ask("POST", "/v1/webhooks", {"url": receiver.url, "events": ["accountAdded"]})
        tested = await person.run("webhooks", "test", made["id"])
        await gateway.ask("DELETE", f"/v1/webhooks/{made['id']}")
    assert (tested.status, "500" in tested.out) == (1, True)


@with_gateway
async def test_wrong_uses(gateway: Gateway, person: CommandLine) -> None:
    assert (await person.run("webhooks", "replay", "x")).status == 2
    assert (await person.run("webhooks", "replay", "x", "1", "--since", "2026-01-01")).status == 2
    assert (await person.run("webhooks", "test", "none")).status == 3
    assert (await person.run("webhooks", "tail", "none")).status == 3
    nobody = await person.run("webhooks", "tail", "global", "--account", "nobody-at-all")
    assert (nobody.status, "no account nobody-at-all" in nobody.err) == (3, True)


def delivery(number: int, state: str = "delivered", attempts: int = 1) -> Delivery:
    return {
        "id": number,
        "account": "ada",
        "event": "messageNew",
        "eventId": None,
        "state": state,
        "attempts": attempts,
        "created": "",
        "attempted": None,
        "finished": None,
        "status": 200,
        "error": None,
    }


def told(following: DeliveryNews, *newest_first: Delivery) -> list[tuple[int, str, int]]:
    return [(each["id"], each["state"], each["attempts"]) for each in following.take(iter(newest_first))]


def test_the_last_ones_come_first_and_then_what_is_new() -> None:
    following = DeliveryNews(2)
    assert told(following, delivery(5), delivery(4), delivery(3)) == [(4, "delivered", 1), (5, "delivered", 1)]
    assert told(following, delivery(5), delivery(4)) == []
    assert told(following, delivery(7), delivery(6), delivery(5)) == [(6, "delivered", 1), (7, "delivered", 1)]


def test_each_change_of_one_that_waits_is_told() -> None:
    following = DeliveryNews(10)
    assert told(following, delivery(2, "pending", 0), delivery(1)) == [(1, "delivered", 1), (2, "pending", 0)]
    assert told(following, delivery(3), delivery(2, "pending", 1)) == [(2, "pending", 1), (3, "delivered", 1)]
    assert told(following, delivery(3), delivery(2, "pending", 1)) == []
    assert told(following, delivery(3), delivery(2, "dead", 2), delivery(1)) == [(2, "dead", 2)]
    assert told(following, delivery(3), delivery(2, "dead", 2), delivery(1)) == []


def test_none_of_the_last_means_what_comes_from_now_on() -> None:
    following = DeliveryNews(0)
    assert told(following, delivery(2), delivery(1)) == []
    assert told(following, delivery(3), delivery(2), delivery(1)) == [(3, "delivered", 1)]
