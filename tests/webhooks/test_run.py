"""Delivery end to end: events in the log, a real database, a real receiver on a socket."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any, cast

import pytest
from standardwebhooks import Webhook

from postroom import __version__
from postroom.clock import now_ms
from postroom.errors import OutcomeUnknown
from postroom.events.types import account_deleted
from postroom.storage.database import Database
from postroom.storage.tables import webhook_lanes
from postroom.webhooks.delivery.deliverer import POLL, Deliverer
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order, Taken, exchange
from postroom.webhooks.endpoints.signing import derive_secret, service_signature
from tests.fakes.databases import opened
from tests.fakes.webhook_receiver import (
    Exchange,
    WebhookReceiver,
    close_half_way,
    drop,
    hang,
    huge_body,
    redirect,
    respond,
    retry_after,
)
from tests.webhooks.conftest import SERVICE_SECRET, House, message, number_of

pytestmark = pytest.mark.long


async def test_an_event_arrives_signed_and_whole(posting: House, receiver: WebhookReceiver) -> None:
    begun = time.monotonic()
    async with posting.delivering():
        await posting.announce("anna", [message(subject="Grüße")])
        request = await receiver.wait_for()
        await posting.wait_for_states("delivered")
    assert list(request.json()) == ["serviceUrl", "account", "date", "path", "event", "data"]
    assert request.json()["serviceUrl"] == "https://mail.example"
    assert request.json()["data"]["subject"] == "Grüße"
    headers = request.headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == f"Postroom/{__version__}"
    assert headers["x-ee-wh-attempts-made"] == "0"
    # Whole seconds, and a busy machine may take some.
    assert headers["x-ee-wh-queued-time"] in [f"{seconds}s" for seconds in range(int(request.at - begun) + 2)]
    assert headers["x-ee-wh-event-id"] == headers["webhook-id"]
    assert headers["x-ee-wh-id"] == str((await posting.rows())[0].id)
    assert headers["x-ee-wh-signature"] == service_signature(SERVICE_SECRET, request.body)
    assert Webhook(derive_secret(SERVICE_SECRET)).verify(request.body, dict(headers)) == request.json()


async def test_idle_delivery_is_quick(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        await posting.announce_numbers("anna", 0)
        await receiver.wait_for_count(1)
        waits = []
        for number in range(1, 11):
            await asyncio.sleep(0.05)
            begun = time.monotonic()
            await posting.announce_numbers("anna", number)
            requests = await receiver.wait_for_count(number + 1)
            waits.append(requests[-1].at - begun)
    # Anything below the poll will do: it is the wake-up that brings them, on a busy machine too.
    assert sorted(waits)[5] < 0.8 * POLL


async def test_order_is_kept_within_each_account(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        for number in range(0, 60, 2):
            await posting.announce_numbers("anna", number, number + 1)
            await posting.announce_numbers("bert", number, number + 1)
        await receiver.wait_for_count(120)
    for account in ("anna", "bert"):
        assert [number_of(each) for each in receiver.requests if each.json()["account"] == account] == list(range(60))


async def test_a_burst_loses_and_doubles_nothing(posting: House, receiver: WebhookReceiver) -> None:
    for index in range(20):
        await posting.add_account(f"account{index}")
    async with posting.delivering():
        for start in range(0, 100, 10):
            for index in range(20):
                await posting.announce_numbers(f"account{index}", *range(start, start + 10))
        await receiver.wait_for_count(2000)
        await posting.wait_until_done()
    assert len(receiver.requests) == 2000
    assert len({each.headers["webhook-id"] for each in receiver.requests}) == 2000
    arrived = sorted(receiver.requests, key=lambda each: each.json()["account"])
    for _, mine in groupby(arrived, key=lambda each: each.json()["account"]):
        assert [number_of(each) for each in mine] == list(range(100))
    assert set(await posting.states()) == {"delivered"}


async def test_nothing_is_queued_while_webhooks_are_off_or_have_no_url(
    posting: House, receiver: WebhookReceiver
) -> None:
    async with posting.delivering():
        await posting.runtime.update({"webhooksEnabled": False})
        await posting.announce_numbers("anna", 1)
        await posting.wait_until_routed()
        await posting.runtime.update({"webhooksEnabled": True, "webhooks": None})
        await posting.announce_numbers("anna", 2)
        await posting.wait_until_routed()
        await posting.runtime.update({"webhooks": receiver.url})
        await posting.announce_numbers("anna", 3)
        await receiver.wait_for()
        await posting.wait_for_states("delivered")
    assert [number_of(each) for each in receiver.requests] == [3]


async def test_only_wanted_events_are_sent(posting: House, receiver: WebhookReceiver) -> None:
    await posting.runtime.update({"webhookEvents": ["messageNew"], "inboxNewOnly": True})
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await posting.announce("anna", [message("Spam"), message("INBOX")])
        await posting.wait_for_states("delivered")
    assert [each.json()["path"] for each in receiver.requests] == ["INBOX"]


async def test_settings_hold_for_what_is_already_queued(posting: House, receiver: WebhookReceiver) -> None:
    await receiver.stop()
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await posting.wait_for_states("pending")
        async with WebhookReceiver() as other:
            await posting.runtime.update({"webhooks": other.url_for("/moved")})
            assert (await other.wait_for()).path == "/moved"


async def test_an_accounts_own_url_replaces_the_global_one(posting: House, receiver: WebhookReceiver) -> None:
    headers = [{"key": "X-Mine", "value": "account"}, {"key": "X-Both", "value": "account"}]
    await posting.runtime.update(
        {"webhooksCustomHeaders": [{"key": "X-Both", "value": "global"}, {"key": "X-Global", "value": "global"}]}
    )
    own = receiver.url_for("/own").replace("://", "://us%40er:pass@")
    await posting.add_account("carl", webhooks=own, webhooksCustomHeaders=headers)
    async with posting.delivering():
        await posting.announce_numbers("carl", 1)
        await posting.announce_numbers("anna", 2)
        await receiver.wait_for_count(2)
    by_path = {each.path: each for each in receiver.requests}
    assert by_path["/own"].headers["authorization"] == "Basic dXNAZXI6cGFzcw=="
    assert {name: by_path["/own"].headers[name] for name in ("x-mine", "x-both", "x-global")} == {
        "x-mine": "account",
        "x-both": "account",
        "x-global": "global",
    }
    assert by_path["/webhook"].headers["x-both"] == "global"
    assert "authorization" not in by_path["/webhook"].headers


async def test_queued_events_follow_the_account_to_its_new_url(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(respond(500))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1, 2)
        await receiver.wait_for_count(1)
        await posting.wait_for_states("pending", "pending")
        await posting.accounts.update("anna", {"webhooks": receiver.url_for("/own")})
        await posting.wait_for_states("delivered", "delivered")
    assert [(each.path, number_of(each)) for each in receiver.requests[1:]] == [("/own", 1), ("/own", 2)]


async def test_events_of_a_deleted_account_are_dropped_but_not_the_news_of_it(
    posting: House, receiver: WebhookReceiver
) -> None:
    await posting.announce_numbers("anna", 1)
    await posting.accounts.remove("anna")
    async with posting.delivering():
        request = await receiver.wait_for()
        await posting.wait_for_states("dropped", "delivered")
    assert request.json()["event"] == account_deleted("anna").name
    assert len(receiver.requests) == 1


# Failures


@pytest.mark.usefixtures("quick_retries")
async def test_an_error_is_tried_again_with_the_same_id(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(respond(500, b"no room"), respond(400))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        first, second, third = await receiver.wait_for_count(3)
        await posting.wait_for_states("delivered")
    assert [each.headers["x-ee-wh-attempts-made"] for each in (first, second, third)] == ["0", "1", "2"]
    assert len({(each.headers["webhook-id"], each.headers["x-ee-wh-id"], each.body) for each in (first, third)}) == 1


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("answer", [drop(), close_half_way(500)], ids=["no answer", "half a refusal"])
async def test_a_connection_that_ends_early_is_tried_again(
    posting: House, receiver: WebhookReceiver, answer: object
) -> None:
    receiver.next_answers(answer)  # type: ignore[arg-type]
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        first, second = await receiver.wait_for_count(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.headers["x-ee-wh-attempts-made"] == "1"


@pytest.mark.usefixtures("quick_retries")
async def test_a_receiver_that_hangs_is_given_a_limited_time(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(hang())
    async with posting.delivering(webhook_timeout=0.2):
        await posting.announce_numbers("anna", 1)
        first, second = await receiver.wait_for_count(2)
        assert 0.15 < second.at - first.at < 15
        await posting.wait_for_states("delivered")


async def test_a_redirect_is_named_and_not_followed(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(redirect(receiver.url_for("/elsewhere")))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
        await eventually_error(posting, "EREDIRECTNOTFOLLOWED")
        assert (await posting.endpoint()).last_error["statusCode"] == 302
    assert {each.path for each in receiver.requests} == {"/webhook"}


async def eventually_error(house: House, code: str) -> None:
    for _ in range(500):
        row = (await house.rows())[0]
        if row.last_error and row.last_error.startswith(code) and await house.endpoint():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(row)


async def test_gone_switches_the_endpoint_off_until_its_url_changes(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(respond(410))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1, 2)
        await posting.wait_for_states("dead", "dead")
        await posting.announce_numbers("anna", 3)
        await posting.wait_until_routed()
        assert not (await posting.endpoint()).enabled
        assert len(receiver.requests) == 1
        await posting.runtime.update({"webhooks": receiver.url_for("/new")})
        await posting.announce_numbers("anna", 4)
        await posting.wait_for_states("dead", "dead", "delivered")
    assert [(each.path, number_of(each)) for each in receiver.requests] == [("/webhook", 1), ("/new", 4)]


async def test_retry_after_is_honoured_for_the_whole_endpoint(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(retry_after(1))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for_count(1)
        await asyncio.sleep(0.1)
        await posting.announce_numbers("bert", 2)
        first, second, _ = await receiver.wait_for_count(3)
    assert second.at - first.at >= 0.95


async def test_a_huge_answer_is_not_read(posting: House, receiver: WebhookReceiver) -> None:
    receiver.next_answers(huge_body())
    async with posting.delivering():
        begun = time.monotonic()
        await posting.announce_numbers("anna", 1, 2)
        await receiver.wait_for_count(2)
        await posting.wait_for_states("delivered", "delivered")
    assert time.monotonic() - begun < 30


async def test_a_refused_address_is_final_at_once(house: House) -> None:
    await house.add_account("anna")
    await house.runtime.update({"webhooks": "http://169.254.169.254/latest/meta-data"})
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        await house.wait_for_states("dead")
    assert (await house.rows())[0].last_error.startswith("EEGRESSBLOCKED")


async def test_private_addresses_can_be_refused(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering(webhook_private_addresses=False):
        await posting.announce_numbers("anna", 1)
        await posting.wait_for_states("dead")
    assert receiver.requests == []


@pytest.mark.usefixtures("quick_retries")
async def test_after_the_schedule_it_is_a_dead_letter(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(lambda exchange: respond(500 if b'"number":1}' in exchange.request.body else 200)(exchange))
    async with posting.delivering():
        for number in range(1, 100):
            await posting.announce_numbers("anna", number)
            await posting.announce_numbers("bert", 1000 + number)
            await asyncio.sleep(0.02)
            if "dead" in await posting.states():
                break
        await posting.wait_until_done()
    states = await posting.states()
    assert states[0] == "dead"
    assert set(states[1:]) == {"delivered"}
    assert (await posting.rows())[0].attempts >= 10


# An endpoint that is down, slow, or fed something it cannot take


@pytest.mark.usefixtures("quick_retries")
async def test_down_and_up_again_catches_up_in_order(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        await posting.announce_numbers("anna", 0)
        # A receiver that goes before its answer was read is rightly sent the event again, under the same id.
        await posting.wait_until_done()
        await receiver.stop()
        for number in range(1, 40):
            await posting.announce_numbers("anna", number)
            await posting.announce_numbers("bert", number)
            await asyncio.sleep(0.01)
        assert (await posting.endpoint()).paused_until is not None
        await receiver.start()
        await receiver.wait_for_count(79)
        await posting.wait_until_done()
    for account, first in (("anna", 0), ("bert", 1)):
        numbers = [number_of(each) for each in receiver.requests if each.json()["account"] == account]
        assert numbers == list(range(first, 40))
    endpoint = await posting.endpoint()
    assert (endpoint.failures, endpoint.paused_until, endpoint.last_error) == (0, None, None)


@pytest.mark.usefixtures("quick_retries")
async def test_answering_500_and_well_again_catches_up_in_order(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(respond(500))
    async with posting.delivering():
        await posting.announce_numbers("anna", *range(20))
        await receiver.wait_for_count(8)
        receiver.requests.clear()
        receiver.answer_with(respond(200))
        await posting.wait_until_done()
    taken = [number_of(each) for each in receiver.requests]
    assert sorted(set(taken)) == list(range(20))
    # The receiver may recover between a delivery and its scout; then those two change places.
    assert taken[-18:] == list(range(2, 20))


@pytest.mark.usefixtures("quick_retries")
async def test_a_poison_event_steps_aside(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(lambda exchange: respond(500 if b'"number":1}' in exchange.request.body else 200)(exchange))
    async with posting.delivering():
        await posting.announce_numbers("anna", 0, 1, 2, 3, 4)
        await receiver.wait_for(lambda each: number_of(each) == 4)
        assert [number_of(each) for each in receiver.requests if number_of(each) != 1] == [0, 2, 3, 4]
        receiver.answer_with(respond())
        await posting.wait_for_states(*["delivered"] * 5)


async def test_a_slow_endpoint_does_not_delay_another(posting: House, receiver: WebhookReceiver) -> None:
    released = asyncio.Event()

    async def held(exchange: Exchange) -> None:
        await released.wait()
        await respond()(exchange)

    receiver.answer_with(held, path="/slow")
    for index in range(12):
        await posting.add_account(f"slow{index}", webhooks=receiver.url_for("/slow"))
    async with posting.delivering(webhook_concurrency=4, webhook_timeout=60.0):
        for index in range(12):
            await posting.announce_numbers(f"slow{index}", 1, 2, 3)
        await receiver.wait_for_count(4)
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for(lambda each: each.path == "/webhook")
        released.set()


# Several processes


async def test_processes_share_the_work_without_doubling_or_disorder(
    own_postgres_url: str, receiver: WebhookReceiver
) -> None:
    async with opened(own_postgres_url) as first, opened(own_postgres_url) as second:
        house, other = House(first), House(second)
        await house.runtime.update({"webhooks": receiver.url})
        for index in range(10):
            await house.add_account(f"account{index}")
        receiver.answer_with(respond(delay=0.01))
        async with house.delivering(webhook_concurrency=3), other.delivering(webhook_concurrency=3):
            for start in range(0, 50, 5):
                for index in range(10):
                    await house.announce_numbers(f"account{index}", *range(start, start + 5))
            await receiver.wait_for_count(500)
            await house.wait_until_done()
    assert len(receiver.requests) == 500
    assert receiver.connections > 3
    arrived = sorted(receiver.requests, key=lambda each: each.json()["account"])
    for _, mine in groupby(arrived, key=lambda each: each.json()["account"]):
        assert [number_of(each) for each in mine] == list(range(50))


class AfterClaims:
    """A database at whose first claim of lanes `then` is done, before the process learns what it claimed."""

    def __init__(self, db: Database, then: Callable[[], Awaitable[None]]) -> None:
        self.times = 0
        self._db = db
        self._then = then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        result = await self._db.write(work, **options)
        if not self.times and isinstance(result, Taken) and result.lanes:
            self.times += 1
            await self._then()
        return result


async def test_lanes_whose_claim_was_never_answered_do_not_wait_for_the_end_of_their_lease(
    db: Database, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Deliverer.__init__, "__kwdefaults__", {"lease": 3600.0})

    async def lose_the_answer() -> None:
        raise OutcomeUnknown("The database went away during a commit.", retry_after=1.0)

    claims = AfterClaims(db, lose_the_answer)
    house = House(cast("Database", claims))
    await house.runtime.update({"webhooks": receiver.url})
    await house.add_account("anna")
    await house.announce_numbers("anna", 1, 2)
    async with house.delivering():
        await receiver.wait_for_count(2, timeout=60)
        await house.wait_until_done()
    assert claims.times == 1
    assert [number_of(each) for each in receiver.requests] == [1, 2]


async def test_who_slept_until_after_the_end_of_a_lease_leaves_the_lane_to_others(
    db: Database, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Deliverer.__init__, "__kwdefaults__", {"lease": 0.5})
    house = House(db)
    await house.runtime.update({"webhooks": receiver.url})
    await house.add_account("anna")

    async def taken_by_another() -> None:
        await asyncio.sleep(0.6)
        now = now_ms()
        settings = await house.runtime.get()
        order = Order(me="another process", now=now, lease_until=now + 3_600_000, settings=settings, room=10, holds=())
        taken = await db.write(lambda conn: exchange(conn, order, EndpointDirectory(house.box)))
        assert [len(lane.deliveries) for lane in taken.lanes] == [1]

    asleep = AfterClaims(db, taken_by_another)
    await house.announce_numbers("anna", 1)
    async with House(cast("Database", asleep)).delivering():
        async with asyncio.timeout(20):
            while not asleep.times or (await house.rows(webhook_lanes))[0].claimed_by != "another process":
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
    assert receiver.requests == []
    assert (await house.rows(webhook_lanes))[0].claimed_by == "another process"


# Crashes


async def test_what_a_killed_process_had_claimed_comes_back(posting: House, receiver: WebhookReceiver) -> None:
    await posting.announce_numbers("anna", 1, 2)
    order = Order(
        me="a process that was killed",
        holds=(),
        now=now_ms(),
        lease_until=now_ms() + 500,
        settings=await posting.runtime.get(),
        room=10,
    )
    taken = await posting.db.write(lambda conn: exchange(conn, order, EndpointDirectory(posting.box)))
    assert [len(lane.deliveries) for lane in taken.lanes] == [2]
    async with posting.delivering():
        await receiver.wait_for_count(2)
        await posting.wait_until_done()
    assert [number_of(each) for each in receiver.requests] == [1, 2]


async def test_events_committed_before_a_kill_are_delivered_after_it(
    sqlite_url: str, receiver: WebhookReceiver
) -> None:
    async with opened(sqlite_url) as db:
        house = House(db)
        await house.runtime.update({"webhooks": receiver.url})
        await house.add_account("anna")
        await house.announce_numbers("anna", 1, 2, 3)
    receiver.answer_with(hang())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PROCESS, sqlite_url)
    await receiver.wait_for_count(1)
    process.kill()
    await process.wait()
    receiver.requests.clear()
    receiver.answer_with(respond())
    async with opened(sqlite_url) as db:
        house = House(db)
        async with house.delivering():
            await receiver.wait_for_count(3)
            await house.wait_until_done()
    assert [number_of(each) for each in receiver.requests] == [1, 2, 3]


_PROCESS = """
import asyncio, sys
from postroom.configuration.runtime import RuntimeSettings
from postroom.figures import Figures
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.sealing.secrets import SecretBox
from postroom.connections.hosts.names import LOCALHOST
from postroom.webhooks.run import Webhooks

async def main():
    db = open_database(sys.argv[1])
    await db.start()
    box = SecretBox(("test secret",))
    webhooks = Webhooks(
        db=db, box=box, runtime=RuntimeSettings(db, box), settings=Settings(), node_id="node", figures=Figures(),
        lookups=LOCALHOST,
    )
    await webhooks.run()

asyncio.run(main())
"""


async def test_requests_in_flight_may_finish_at_the_end(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(respond(delay=0.3))
    async with posting.delivering() as task:
        await posting.announce_numbers("anna", 1, 2)
        await receiver.wait_for_count(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await posting.states() == ["delivered", "pending"]
    assert len(receiver.requests) == 1
