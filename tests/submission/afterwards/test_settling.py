"""What came of a task is stored with its events, or not at all."""

from __future__ import annotations

import pytest

from postroom.folders.hints import TOPIC as HINTS
from postroom.submission.afterwards.model import (
    CopyGivenUp,
    CopyStored,
    FollowingTask,
    FoundInSentMail,
    NothingLeft,
    Postponed,
    TaskOutcome,
)
from postroom.submission.afterwards.settling import FOUND, settle
from postroom.submission.model import TaskKind
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.submission.afterwards.conftest import ME, FollowedHouse

COPY, MARK, DRAFT, FIND = TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT, TaskKind.FIND


async def settled(house: FollowedHouse, task: FollowingTask, found: TaskOutcome, me: str = ME) -> bool:
    message = await house.followed(task.submission)
    done: bool = await house.db.write(lambda conn: settle(conn, me, message, task, found, 77))
    return done


async def test_a_stored_copy(house: FollowedHouse) -> None:
    id_ = await house.message(COPY)
    waiter = house.db.wakeups.subscribe(HINTS)
    assert await settled(house, await house.claimed(id_), CopyStored("Sent"))
    assert (await house.row(id_)).copied == "stored"
    assert await house.tasks() == {}
    assert not await house.has_body(id_)
    assert await waiter.wait(5.0) == {"a\nSent"}


@pytest.mark.parametrize("state", ["refused", "queued", "unknown"])
async def test_the_octets_stay_while_somebody_may_still_get_them(house: FollowedHouse, state: str) -> None:
    id_ = await house.message(COPY, recipients={"b@x": "sent", "c@x": state})
    assert await settled(house, await house.claimed(id_), CopyStored("Sent"))
    assert await house.has_body(id_)


async def test_a_copy_that_is_given_up_is_an_event(house: FollowedHouse) -> None:
    id_ = await house.message(COPY, recipients={"b@x": "sent", "c@x": "refused"}, sent_as="<2@y>")
    assert await settled(house, await house.claimed(id_), CopyGivenUp("\\Sent", "full"))
    row = await house.row(id_)
    assert (row.state, row.copied, row.copy_error) == ("sent", "failed", "full")
    ((_, data),) = await house.events("messageCopyError")
    assert data == {
        "messageId": "<2@y>",
        "queueId": row.queue_id,
        "envelope": {"from": "a@x", "to": ["b@x"]},
        "path": "\\Sent",
        "error": "full",
    }


async def test_a_postponed_copy_shows_why(house: FollowedHouse) -> None:
    id_, other = await house.message(COPY), await house.message(COPY)
    assert await settled(house, await house.claimed(id_), Postponed(10**14, "down", whole_account=True))
    rows = await house.tasks()
    assert (rows[id_, "copy"].next_at, rows[id_, "copy"].claimed_by) == (10**14, None)
    assert rows[other, "copy"].next_at == 10**14
    assert ((await house.row(id_)).copied, (await house.row(id_)).copy_error) == ("pending", "down")
    assert (await house.row(other)).copy_error is None
    assert await house.has_body(id_)


async def test_what_was_taken_over_changes_nothing(house: FollowedHouse) -> None:
    id_ = await house.message(COPY)
    task = await house.claimed(id_)
    assert not await settled(house, task, CopyStored("Sent"), "another process")
    assert (await house.row(id_)).copied == "pending"
    assert list(await house.tasks()) == [(id_, "copy")]


async def test_an_unknown_message_that_was_found(house: FollowedHouse) -> None:
    plan = SendingPlan(draft="d", answers=RepliesTo("o", "reply"))
    id_ = await house.message(FIND, state="unknown", recipients={"b@x": "unknown", "c@x": "refused"}, plan=plan)
    assert await settled(house, await house.claimed(id_), FoundInSentMail("AAAA"))
    assert (await house.row(id_)).state == "sent"
    assert set(await house.tasks()) == {(id_, "mark"), (id_, "draft")}
    (resolved, one), (sent, two) = await house.events("messageResolved", "messageSent")
    assert (resolved, one["as"], one["by"], one["message"]) == ("messageResolved", "sent", "sentMail", "AAAA")
    assert (sent, two["response"], two["envelope"]["to"]) == ("messageSent", FOUND, ["b@x"])
    assert [each["recipient"] for each in two["refused"]] == ["c@x"]


async def test_a_found_message_goes_on_to_those_who_are_still_to_be_tried(house: FollowedHouse) -> None:
    states = {"b@x": "unknown", "c@x": "deferred"}
    id_ = await house.message(FIND, state="unknown", recipients=states, plan=SendingPlan(draft="d"))
    assert await settled(house, await house.claimed(id_), FoundInSentMail("AAAA"))
    row = await house.row(id_)
    assert (row.state, row.next_at) == ("queued", 77)
    assert await house.tasks() == {}
    assert await house.has_body(id_)


async def test_a_message_that_somebody_else_resolved_stays_so(house: FollowedHouse) -> None:
    id_ = await house.message(FIND, state="unknown")
    task = await house.claimed(id_)
    await house.change(id_, state="failed")
    assert await settled(house, task, FoundInSentMail("AAAA"))
    assert (await house.row(id_)).state == "failed"
    assert await house.events("messageResolved", "messageSent") == []
    assert await house.tasks() == {}


async def test_a_task_with_nothing_left_to_do_goes(house: FollowedHouse) -> None:
    id_ = await house.message(MARK)
    assert await settled(house, await house.claimed(id_), NothingLeft())
    assert await house.tasks() == {}
    assert await house.has_body(id_)
