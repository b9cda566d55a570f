"""The requests of deliveries on both databases: which are kept, how many, and for how long."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.storage.schema.tries import delivery_tries
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries
from postroom.webhooks.delivery import delivery_store, try_store
from postroom.webhooks.delivery.routing_store import insert_deliveries
from postroom.webhooks.model import DeliveryTry, Result, SendingState
from tests.fakes.watched import watched
from tests.webhooks.conftest import House
from tests.webhooks.delivery.test_lane_store import delivery


@pytest.fixture
async def number(house: House) -> int:
    """The number of a delivery."""
    await house.db.write(lambda conn: insert_deliveries(conn, [delivery("global", 1)]))
    return int((await house.rows())[0].id)


def result(number: int, attempt: int, error: str | None = "HTTP500: no", took: int | None = 12) -> Result:
    state = SendingState.PENDING if error else SendingState.DELIVERED
    status = 500 if error else 200
    return Result(number, "global", 1, state, attempt, 0, 1000 + attempt, None, status, error, None, took)


async def kept(house: House, number: int) -> list[DeliveryTry]:
    return await house.db.read(lambda conn: try_store.tries_of(conn, number))


async def test_only_a_first_request_that_is_accepted_leaves_no_row(house: House, number: int) -> None:
    await house.db.write(lambda conn: try_store.keep(conn, [result(number, 1, None)]))
    await house.db.write(lambda conn: try_store.keep(conn, [result(number, 1, took=None)]))
    assert await kept(house, number) == []
    await house.db.write(lambda conn: try_store.keep(conn, [result(number, 1), result(number, 2, None)]))
    assert await kept(house, number) == [
        DeliveryTry(1, 1001, 12, 500, "HTTP500: no"),
        DeliveryTry(2, 1002, 12, 200, None),
    ]


async def test_a_result_that_is_stored_twice_is_one_request(house: House, number: int) -> None:
    for _ in range(2):
        await house.db.write(lambda conn: try_store.keep(conn, [result(number, 1), result(number, 1)]))
    assert len(await kept(house, number)) == 1


async def test_the_first_and_the_last_requests_are_kept(house: House, number: int) -> None:
    most = try_store.FIRST + try_store.LAST
    await house.db.write(lambda conn: try_store.keep(conn, [result(number, at) for at in range(1, 98)]))
    numbers = [each.number for each in await kept(house, number)]
    assert numbers == [*range(1, try_store.FIRST + 1), *range(98 - try_store.LAST, 98)]
    assert len(numbers) == most


async def test_they_go_with_their_delivery(house: House, number: int) -> None:
    await house.db.write(lambda conn: try_store.keep(conn, [result(number, 1)]))
    await house.db.write(lambda conn: conn.execute(sa.delete(deliveries)) and None)
    assert await house.rows(delivery_tries) == []


async def test_a_delivery_that_is_gone_does_not_harm_the_results_of_others(house: House, number: int) -> None:
    await house.db.write(lambda conn: try_store.keep(conn, [result(number + 1, 1), result(number, 1)]))
    assert len(await kept(house, number)) == 1
    assert await kept(house, number + 1) == []


async def test_a_request_that_was_accepted_is_kept_before_the_event_is_sent_again(house: House, number: int) -> None:
    await house.db.write(lambda conn: try_store.keep_accepted(conn, number))
    assert await kept(house, number) == [], "nothing was sent"
    values = {"attempts": 1, "attempted_at": 5, "last_status": 204, "last_took": 7, "state": "delivered"}
    await house.db.write(lambda conn: conn.execute(sa.update(deliveries).values(values)) and None)
    for _ in range(2):
        await house.db.write(lambda conn: try_store.keep_accepted(conn, number))
    assert await kept(house, number) == [DeliveryTry(1, 5, 7, 204, None)]


@pytest.mark.parametrize(("error", "most"), [(None, 1), ("HTTP500: no", 2)])
async def test_results_cost_one_statement_more_only_when_requests_failed(
    house: House, number: int, error: str | None, most: int
) -> None:
    seen: list[str] = []

    def work(conn: Connection) -> None:
        with watched(conn, lambda statement, _values: seen.append(statement)):
            delivery_store.save(conn, [result(number, 1, error)] * 3)

    await house.db.write(work)
    assert len({text for text in seen if "deliver" in text}) == most
