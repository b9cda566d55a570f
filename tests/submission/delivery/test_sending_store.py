"""Messages under way on both engines: what is loaded, marked and stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.delivery import sending_store
from postroom.submission.delivery.rules.posting import Mark, Posting
from postroom.submission.delivery.rules.results import concluded
from postroom.submission.model import MessageState, TaskKind
from postroom.submission.plan import SendingPlan
from postroom.submission.transmission.parcel import Carried
from tests.submission.delivery.rules.postings import AT, NOW, TAKEN, refused
from tests.submission.delivery.sendings import PostHouse

T = TypeVar("T")
FAR = 2**45


async def write(house: PostHouse, work: Callable[[Connection], T]) -> T:
    return await house.db.write(work)


async def loaded(house: PostHouse, limit: int = 10, now: int = FAR, known: tuple[int, ...] = ()) -> list[Posting]:
    key = (await house.rows())[0].account_key
    return await house.db.read(lambda conn: sending_store.load(conn, key, now, limit, known=known))


async def test_due_messages_are_loaded_in_order_with_all_that_sending_needs(house: PostHouse) -> None:
    await house.add_account()
    plan = SendingPlan(draft="AAAA", local_address="127.0.0.1")
    await house.submit("ann", "bob@example.test", "carl@example.test", plan=plan, proxy="http://127.0.0.1:1")
    await house.submit(number=1)
    first, second = await loaded(house)
    [row, _] = await house.rows()
    assert (first.id, first.queue_id, first.account, first.message_id) == (
        row.id,
        row.queue_id,
        "ann",
        "<0.ann@example.test>",
    )
    assert first.next_recipients(None) == ("bob@example.test", "carl@example.test")
    assert first.plan == replace(plan, has_proxy=True)
    assert first.secrets == row.secrets is not None
    assert first.head is not None
    assert second.message_id == "<1.ann@example.test>"
    assert [each.id for each in await loaded(house, limit=1)] == [first.id]
    assert [each.id for each in await loaded(house, known=(first.id,))] == [second.id]
    assert await loaded(house, limit=0) == []


async def test_what_is_not_due_is_not_loaded(house: PostHouse) -> None:
    await house.add_account()
    await house.submit(send_at=FAR - 1)
    assert await loaded(house, now=FAR - 2) == []
    await write(house, lambda conn: conn.execute(sa.update(submissions).values(state="cancelled")) and None)
    assert await loaded(house) == []


async def test_a_large_body_is_not_loaded_in_advance(house: PostHouse) -> None:
    await house.add_account()
    await house.submit(octets=b"x" * (sending_store.SMALL_BODY + 1))
    [message] = await loaded(house)
    assert message.head is None


async def test_a_mark_is_known_by_its_token(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    [message] = await loaded(house)
    mark = Mark(message.id, "t1")
    before = await write(house, lambda conn: sending_store.hold(conn, [message.id, 10**9]))
    assert {number: each.state for number, each in before.items()} == {message.id: MessageState.QUEUED}
    await write(house, lambda conn: sending_store.mark(conn, [mark], NOW))
    standing = (await write(house, lambda conn: sending_store.hold(conn, [message.id])))[message.id]
    assert standing.is_under_way(mark)
    assert not standing.is_under_way(Mark(message.id, "t2"))
    assert not standing.is_lost(mark)
    assert await loaded(house) == []
    [(orphan, found)] = await write(house, lambda conn: sending_store.orphans(conn, [message.account_key]))
    assert (orphan.id, found) == (message.id, mark)
    assert await write(house, lambda conn: sending_store.orphans(conn, [message.account_key + 1])) == []
    assert len(await write(house, lambda conn: sending_store.orphans(conn, None))) == 1


async def test_a_mark_that_was_not_used_goes_back(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    [message] = await loaded(house)
    await write(house, lambda conn: sending_store.mark(conn, [Mark(message.id, "t1")], NOW))
    await write(house, lambda conn: sending_store.unmark(conn, message.account_key, ["t2"]))
    assert await house.states() == ["sending"]
    await write(house, lambda conn: sending_store.unmark(conn, message.account_key + 1, ["t1"]))
    assert await house.states() == ["sending"]
    await write(house, lambda conn: sending_store.unmark(conn, message.account_key, ["t1"]))
    assert await house.states() == ["queued"]
    assert (await house.rows())[0].attempt is None


async def test_a_result_is_stored(house: PostHouse) -> None:
    await house.add_account()
    await house.submit("ann", "bob@example.test", "carl@example.test")
    [message] = await loaded(house)
    mark = Mark(message.id, "t1")
    carried = Carried(("bob@example.test",), (refused("carl@example.test", 550, "no", "5.1.1"),), reply=TAKEN)
    result = concluded(message, carried, AT, copies=True)

    def work(conn: Connection) -> None:
        sending_store.settle(conn, [(result, mark)], NOW)
        sending_store.say(conn, [(message.id, result.changed)], NOW)
        sending_store.add_tasks(conn, [result], NOW)
        sending_store.add_tasks(conn, [result], NOW)

    await write(house, work)
    [row] = await house.rows()
    assert (row.state, row.attempt, row.attempts, row.finished_at, row.copied) == ("sent", None, 1, NOW, "pending")
    assert (row.response, row.error["statusCode"]) == ("250 2.0.0 OK queued as 4711", 550)
    bob, carl = await house.rows(submission_recipients)
    assert (bob.state, bob.code, bob.said, bob.at) == ("sent", 250, "OK queued as 4711", NOW)
    assert (carl.state, carl.code, carl.enhanced, carl.advice) == (
        "refused",
        550,
        "5.1.1",
        "There is no such mailbox. Check the address.",
    )
    assert await house.tasks() == ["copy"]


async def test_an_unknown_result_keeps_its_token_and_is_searched_for_later(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    [message] = await loaded(house)
    result = concluded(message, Carried(("bob@example.test",), may_have_gone=True), AT)

    def work(conn: Connection) -> None:
        sending_store.settle(conn, [(result, Mark(message.id, "t1"))], NOW)
        sending_store.add_tasks(conn, [result], NOW)

    await write(house, work)
    [row] = await house.rows()
    assert (row.state, row.attempt, row.finished_at) == ("unknown", "t1", None)
    standing = (await write(house, lambda conn: sending_store.hold(conn, [message.id])))[message.id]
    assert standing.is_lost(Mark(message.id, "t1"))
    assert await house.tasks() == [TaskKind.FIND]
    await write(house, lambda conn: sending_store.forget_search(conn, [message.id]))
    assert await house.tasks() == []


async def test_an_attempt_that_did_not_begin_keeps_the_error_of_the_one_before(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    [message] = await loaded(house)
    failed = concluded(message, Carried(refused=(refused("bob@example.test", 450),)), AT)
    await write(house, lambda conn: sending_store.settle(conn, [(failed, None)], NOW))
    assert (await house.rows())[0].attempted_at == NOW
    nothing = concluded(replace(message, attempts=1), Carried(("bob@example.test",)), AT)
    await write(house, lambda conn: sending_store.settle(conn, [(nothing, Mark(message.id, "t"))], NOW + 1))
    [row] = await house.rows()
    assert row.error["statusCode"] == 450
    assert (row.attempts, row.attempted_at) == (1, NOW)


async def test_nothing_is_asked_of_the_database_without_need(house: PostHouse) -> None:
    def work(conn: Connection) -> None:
        assert sending_store.hold(conn, []) == {}
        sending_store.mark(conn, [], NOW)
        sending_store.settle(conn, [], NOW)
        sending_store.say(conn, [], NOW)
        sending_store.add_tasks(conn, [], NOW)
        sending_store.unmark(conn, 1, [])
        sending_store.forget_search(conn, [])

    await write(house, work)


def test_the_queries_for_messages_use_their_index(migrated_sqlite_url: str) -> None:
    given = {"key": 1, "now": 2, "known": [3, 4], "limit": 5}
    queries = {
        "ix_submissions_due": sending_store._LOAD.params(**given),
        "ix_submissions_sending": sending_store._ORPHANS.where(submissions.c.account_key.in_([1])),
    }
    with sa.create_engine(migrated_sqlite_url).connect() as conn:
        for index, query in queries.items():
            text = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
            assert index in str(conn.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")).all())
