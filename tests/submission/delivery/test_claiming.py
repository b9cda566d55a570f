"""The transaction that gets a process its lanes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import sending_lanes, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.delivery.claiming import FIRST_LOAD, ClaimedWork, ClaimWish, begin_alone, claim_work
from tests.submission.delivery.sendings import PostHouse

ME, NOW = "one/1", 2**45


async def claim(house: PostHouse, me: str = ME, now: int = NOW, **given: Any) -> ClaimedWork:
    wish = ClaimWish(me, now, now + 1000, given.pop("room", 10), **given)
    return await house.db.write(lambda conn: claim_work(conn, wish))


async def test_a_lane_comes_with_its_first_messages(house: PostHouse) -> None:
    await house.add_account()
    for number in range(FIRST_LOAD + 1):
        await house.submit(number=number)
    work = await claim(house)
    [(lane, postings)] = work.lanes
    assert lane.account == "ann"
    assert [each.message_id for each in postings] == [f"<{number}.ann@example.test>" for number in range(FIRST_LOAD)]
    assert (work.left_behind, work.kept, work.next_due) == (0, frozenset(), NOW + 1000)


async def test_the_messages_of_a_dead_process_are_unknown_at_the_takeover(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    await house.submit(number=1)
    await claim(house)

    def mark(conn: Connection) -> None:
        first = submissions.c.queue_id == house.submitted[0]
        conn.execute(sa.update(submissions).where(first).values(state="sending", attempt="t"))

    await house.db.write(mark)
    assert (await claim(house, "two/2", NOW + 1000, takes_over=False)).lanes == ()
    work = await claim(house, "two/2", NOW + 1000)
    assert work.left_behind == 1
    assert [len(postings) for _, postings in work.lanes] == [1]
    assert await house.states() == ["unknown", "queued"]


async def test_leases_are_renewed_and_lost_lanes_are_told(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    [(lane, _)] = (await claim(house)).lanes
    assert (await claim(house, now=NOW + 500, held=[lane.key], renewed=[lane.key])).kept == {lane.key}
    assert (await house.lane()).next_at == NOW + 1500
    await claim(house, "two/2", NOW + 1500)
    assert (await claim(house, now=NOW + 1600, held=[lane.key], renewed=[lane.key])).kept == frozenset()


async def test_after_an_unknown_outcome_lost_claims_are_claimed_again(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    await claim(house)
    assert (await claim(house, now=NOW + 1)).lanes == ()
    assert len((await claim(house, now=NOW + 1, is_sure=False)).lanes) == 1


async def test_the_only_process_takes_over_everything_at_its_start(house: PostHouse) -> None:
    for account in ("ann", "bea"):
        await house.add_account(account)
        await house.submit(account)
    await claim(house)

    def mark(conn: Connection) -> None:
        conn.execute(sa.update(submissions).values(state="sending", attempt="t"))
        conn.execute(sa.update(sending_lanes).values(paused=True))

    await house.db.write(mark)
    assert await house.db.write(lambda conn: begin_alone(conn, NOW, NOW)) == 2
    assert await house.states() == ["unknown", "unknown"]
    assert [row.claimed_by for row in await house.rows(sending_lanes)] == [None, None]
