"""Callers see the outbox and change it, and never against what a process that sends has found."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.storage.schema.sending import (
    sending_lanes,
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import events
from postroom.submission.bodies import BodyGone
from postroom.submission.copy_wishes import CopyWish
from postroom.submission.model import TOPIC, MessageState, RecipientState
from postroom.submission.outbox.model import (
    CannotCancel,
    CannotResolve,
    CannotRetry,
    OutboxCounts,
    OutboxFilter,
    PausedBy,
    SentMailSearch,
    SubmissionNotFound,
)
from postroom.submission.outbox.service import Outbox
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.submission.messages import BOX, accepting, add_account, change, lane, message, recipients, rows

NOW = 1_700_000_000_000
SENT, REFUSED, DEFERRED, UNKNOWN, QUEUED = "sent", "refused", "deferred", "unknown", "queued"


def _execute(conn: Connection, *, statement: sa.Update) -> None:
    conn.execute(statement)


def _add_task(conn: Connection, *, task: dict[str, object]) -> None:
    conn.execute(sa.insert(submission_tasks), task)


@dataclass
class Office:
    """The outbox of a database, and ways to bring messages into each state."""

    db: Database
    now: int = NOW
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runtime = RuntimeSettings(self.db, BOX)

    def outbox(self, **options: Any) -> Outbox:
        return Outbox(db=self.db, runtime=self.runtime, clock=lambda: self.now, **options)

    async def submit(self, account: str = "anna", *to: str, state: str = QUEUED, **fields: Any) -> str:
        """Store a message in a state."""
        accept = accepting(self.db, clock=lambda: self.now)
        queue_id = (await accept.accept(message(account, *to, **fields))).queue_id
        self.ids.append(queue_id)
        if state != QUEUED:
            await self.set(queue_id, state=state, attempts=1, error={"message": "no"}, attempt="token")
        return queue_id

    async def set(self, queue_id: str, **values: Any) -> None:
        this = submissions.c.queue_id == queue_id
        await self.db.write(lambda conn: conn.execute(sa.update(submissions).where(this).values(values)) and None)

    async def set_recipients(self, **states: str) -> None:
        """Set the state of recipients by the part before the @."""
        for name, state in states.items():
            this = submission_recipients.c.address == f"{name}@example.net"
            update = sa.update(submission_recipients).where(this).values(state=state)
            await self.db.write(partial(_execute, statement=update))

    async def told(self) -> list[tuple[str, Any]]:
        """The events since the account was added: their names and payloads."""
        return [(row.type, row.payload) for row in await rows(self.db, events) if row.type != "accountAdded"]


@pytest.fixture
async def office(db: Database) -> Office:
    await add_account(db)
    return Office(db)


async def test_a_message_shows_all_that_is_known_of_it(office: Office) -> None:
    queue_id = await office.submit("anna", "bert@example.net", "cleo@example.net", send_at=NOW + 9)
    item = await office.outbox().item(queue_id)
    assert (item.queue_id, item.account, item.source.value, item.message_id) == (
        queue_id, "anna", "api", "<1@example.com>",
    )  # fmt: skip
    assert (item.state, item.progress, item.subject) == (MessageState.QUEUED, "queued", "Hello")
    assert (item.created, item.scheduled, item.next_attempt) == (NOW, NOW + 9, NOW + 9)
    assert (item.attempts_made, item.attempts) == (0, 10)
    assert [(each.address, each.state) for each in item.recipients] == [
        ("bert@example.net", RecipientState.QUEUED),
        ("cleo@example.net", RecipientState.QUEUED),
    ]
    assert item.has_body
    assert item.hold.paused_by is None


async def test_what_holds_an_account_shows_at_its_messages(office: Office) -> None:
    queue_id = await office.submit()
    await change(office.db, sending_lanes, held_until=NOW + 50, held_for="too much mail")
    item = await office.outbox().item(queue_id)
    assert (item.hold.until, item.hold.reason, item.next_attempt) == (NOW + 50, "too much mail", NOW + 50)
    office.now += 50
    assert (await office.outbox().item(queue_id)).hold.until is None
    await Accounts(office.db, BOX).disconnect("anna")
    assert (await office.outbox().item(queue_id)).hold.paused_by is PausedBy.STOP


@pytest.mark.parametrize("queue_id", ["18bcfe56800abababab", "nonsense", "", "18bcfe56800\x00"])
async def test_a_message_that_is_not_there(office: Office, queue_id: str) -> None:
    outbox = office.outbox()
    for ask in (outbox.item, outbox.cancel, outbox.retry):
        with pytest.raises(SubmissionNotFound):
            await ask(queue_id)


async def test_the_message_of_another_account_is_not_there(office: Office) -> None:
    queue_id = await office.submit()
    for ask in (office.outbox().item, office.outbox().cancel):
        with pytest.raises(SubmissionNotFound):
            await ask(queue_id, account="bert")
    assert (await office.outbox().cancel(queue_id, account="anna")).state is MessageState.CANCELLED


async def test_lists_are_newest_first_in_pages_and_filtered(office: Office) -> None:
    await add_account(office.db, "bert")
    first = await office.submit("anna", "X@example.net")
    office.now += 10
    second = await office.submit("bert", "y@example.net", state="failed")
    office.now += 10
    third = await office.submit("anna", "y@example.net", "z@example.net")

    async def listed(**query: Any) -> list[str]:
        return [item.queue_id for item in (await office.outbox().list_items(OutboxFilter(**query))).items]

    assert await listed() == [third, second, first]
    assert await listed(page_size=2, page=1) == [first]
    assert (await office.outbox().list_items(OutboxFilter(page_size=2))).total == 3
    assert await listed(account="anna") == [third, first]
    assert await listed(account="a\x00") == []
    assert await listed(states=(MessageState.FAILED, MessageState.SENT)) == [second]
    assert await listed(recipient="y@example.net") == [third, second]
    assert await listed(recipient="Y@Example.net") == [third, second]
    assert await listed(recipient="X@example.net") == [first]
    await office.set(third, attempts=1)
    assert await listed(states=(MessageState.QUEUED,), was_tried=True) == [third]
    assert await listed(states=(MessageState.QUEUED,), was_tried=False) == [first]
    assert await listed(since=NOW + 10, before=NOW + 20) == [second]
    page = await office.outbox().list_items(OutboxFilter(page_size=1))
    assert len(page.items[0].recipients) == 2


async def test_the_search_in_sent_mail_is_told_as_long_as_it_goes_on(office: Office) -> None:
    queue_id, other = await office.submit(state=UNKNOWN), await office.submit(state=UNKNOWN)
    outbox = office.outbox()
    assert await outbox.search_of(queue_id) is None
    id_ = (await outbox.item(queue_id)).id
    for kind, attempts in (("find", 2), ("copy", 7)):
        task = {"submission": id_, "kind": kind, "next_at": NOW + 5, "attempts": attempts}
        await office.db.write(partial(_add_task, task=task))
    assert await outbox.search_of(queue_id) == SentMailSearch(2, NOW + 5)
    assert await outbox.search_of(other) is None
    assert await outbox.search_of("nonsense") is None


async def test_a_message_that_waits_is_taken_back_once_and_for_all(office: Office) -> None:
    queue_id = await office.submit()
    done = await office.outbox().cancel(queue_id)
    assert (done.state, done.finished, done.next_attempt) == (MessageState.CANCELLED, NOW, None)
    assert await recipients(office.db) == [("bert@example.net", "cancelled")]
    assert await office.outbox().cancel(queue_id) == done


@pytest.mark.parametrize(
    ("state", "words"), [("sending", "at this moment"), (SENT, "was sent"), ("failed", "given up"), (UNKNOWN, "may")]
)
async def test_any_other_message_is_not_taken_back_and_the_error_says_why(
    office: Office, state: str, words: str
) -> None:
    queue_id = await office.submit(state=state)
    with pytest.raises(CannotCancel, match=words) as refused:
        await office.outbox().cancel(queue_id)
    assert refused.value.state == state
    assert (await rows(office.db))[0].state == state


async def test_a_message_that_some_have_got_is_sent_when_it_is_taken_back(office: Office) -> None:
    plan = SendingPlan(answers=RepliesTo("AAA", "reply"), draft="BBB")
    queue_id = await office.submit("anna", "bert@example.net", "cleo@example.net", "dora@example.net", plan=plan)
    await office.set_recipients(bert=SENT, cleo=DEFERRED, dora=REFUSED)
    assert (await office.outbox().cancel(queue_id)).state is MessageState.SENT
    assert [state for _, state in await recipients(office.db)] == [SENT, "cancelled", REFUSED]
    assert [row.kind for row in await rows(office.db, submission_tasks)] == ["draft", "mark"]


@pytest.mark.parametrize("state", ["failed", SENT, UNKNOWN])
async def test_a_retry_is_for_those_without_success(office: Office, state: str) -> None:
    to = [f"{name}@example.net" for name in ("bert", "cleo", "dora", "emil")]
    queue_id = await office.submit("anna", *to, state=state)
    await office.set_recipients(bert=SENT, cleo=REFUSED, dora="bounced", emil=UNKNOWN)
    await change(office.db, sending_lanes, next_at=None)
    office.now += 5
    done = await office.outbox().retry(queue_id)
    assert (done.state, done.attempts_made, done.error, done.finished) == (MessageState.QUEUED, 0, None, None)
    assert done.next_attempt == NOW + 5
    assert [state for _, state in await recipients(office.db)] == [SENT, QUEUED, "bounced", QUEUED]
    (row,) = await rows(office.db)
    assert row.attempt is None
    assert (await lane(office.db)).next_at == NOW + 5
    told = [name for name, _ in await office.told()]
    assert told == (["messageResolved"] if state == UNKNOWN else [])


@pytest.mark.parametrize("state", [QUEUED, "sending", SENT, "cancelled"])
async def test_nothing_is_tried_again_that_goes_on_or_is_done(office: Office, state: str) -> None:
    queue_id = await office.submit(state=state)
    await office.set_recipients(bert=state if state in (SENT, "cancelled") else QUEUED)
    with pytest.raises(CannotRetry):
        await office.outbox().retry(queue_id)
    assert (await rows(office.db))[0].state == state


async def test_without_its_octets_a_message_is_not_tried_again(office: Office) -> None:
    queue_id = await office.submit(state=UNKNOWN)
    await office.set_recipients(bert=UNKNOWN)
    await office.db.write(lambda conn: conn.execute(sa.delete(submission_bodies)) and None)
    for again in (office.outbox().retry(queue_id), office.outbox().resolve(queue_id, "retry")):
        with pytest.raises(BodyGone):
            await again
    assert (await rows(office.db))[0].state == UNKNOWN
    assert (await office.outbox().resolve(queue_id, "sent")).state is MessageState.SENT


async def lost(office: Office, **fields: Any) -> str:
    queue_id = await office.submit("anna", "bert@example.net", "cleo@example.net", state=UNKNOWN, **fields)
    await office.set_recipients(bert=UNKNOWN, cleo=REFUSED)
    find = {"submission": (await rows(office.db))[0].id, "kind": "find", "next_at": 0}
    await office.db.write(lambda conn: conn.execute(sa.insert(submission_tasks), find) and None)
    return queue_id


async def test_an_unknown_outcome_is_resolved_as_sent(office: Office) -> None:
    queue_id = await lost(office)
    done = await office.outbox().resolve(queue_id, "sent")
    assert (done.state, done.finished) == (MessageState.SENT, NOW)
    assert [state for _, state in await recipients(office.db)] == [SENT, REFUSED]
    assert await rows(office.db, submission_tasks) == []
    ((name, payload),) = await office.told()
    assert name == "messageResolved"
    assert '"as":"sent","by":"caller"' in payload
    assert '"to":["bert@example.net"]' in payload
    with pytest.raises(CannotResolve):
        await office.outbox().resolve(queue_id, "sent")


async def test_an_unknown_outcome_is_resolved_as_not_sent(office: Office) -> None:
    queue_id = await lost(office)
    assert (await office.outbox().resolve(queue_id, "retry")).state is MessageState.QUEUED
    assert [state for _, state in await recipients(office.db)] == [QUEUED, QUEUED]
    assert await rows(office.db, submission_tasks) == []
    ((_, payload),) = await office.told()
    assert '"as":"retry","by":"caller"' in payload


async def test_whoever_was_deferred_before_is_tried_after_the_resolution(office: Office) -> None:
    queue_id = await lost(office)
    await office.set_recipients(cleo=DEFERRED)
    assert (await office.outbox().resolve(queue_id, "sent")).state is MessageState.QUEUED
    assert [state for _, state in await recipients(office.db)] == [SENT, DEFERRED]


async def yes(_account: str, _plan: SendingPlan) -> bool:
    return True


@pytest.mark.parametrize(("rule", "copied"), [({}, None), ({"wants_copy": yes}, "pending")])
async def test_a_message_resolved_as_sent_gets_the_copy_that_the_rule_wants(
    office: Office, rule: dict[str, CopyWish], copied: str | None
) -> None:
    queue_id = await lost(office)
    await office.outbox(**rule).resolve(queue_id, "sent")
    assert [row.kind for row in await rows(office.db, submission_tasks)] == (["copy"] if copied else [])
    assert (await rows(office.db))[0].copied == copied


async def test_cancel_and_a_mark_at_once_never_both_succeed(office: Office) -> None:
    """The statement of whoever sends, as design has it: mark WHERE state = 'queued'."""
    mark = sa.update(submissions).where(submissions.c.state == QUEUED).values(state="sending", attempt="token")

    async def cancel(queue_id: str) -> bool:
        try:
            await office.outbox().cancel(queue_id)
        except CannotCancel:
            return False
        return True

    for _ in range(10):
        queue_id = await office.submit()
        marked, cancelled = await asyncio.gather(
            office.db.write(lambda conn: conn.execute(mark).rowcount == 1), cancel(queue_id)
        )
        assert marked is not cancelled


async def test_an_account_is_paused_and_resumed(office: Office) -> None:
    queue_id = await office.submit()
    waiter = office.db.wakeups.subscribe(TOPIC)
    await office.outbox().pause("anna", is_paused=True)
    assert (await office.outbox().item(queue_id)).hold.paused_by is PausedBy.ACCOUNT
    assert (await lane(office.db)).paused
    assert await waiter.wait(5.0) == {"anna"}
    await office.outbox().pause("anna", is_paused=False)
    assert (await office.outbox().item(queue_id)).hold.paused_by is None
    with pytest.raises(AccountNotFound):
        await office.outbox().pause("nobody", is_paused=True)


async def test_an_account_that_never_sent_can_be_paused_too(office: Office) -> None:
    await office.outbox().pause("anna", is_paused=True)
    queue_id = await office.submit()
    assert (await office.outbox().item(queue_id)).hold.paused_by is PausedBy.ACCOUNT
    assert (await lane(office.db)).next_at == NOW


async def test_all_sending_is_paused_and_resumed(office: Office) -> None:
    queue_id = await office.submit()
    waiter = office.db.wakeups.subscribe(TOPIC)
    await office.outbox().pause_all(is_paused=True)
    assert await waiter.wait(5.0)
    assert (await office.outbox().item(queue_id)).hold.paused_by is PausedBy.ALL
    assert (await office.outbox().counts()).paused == 1
    await office.outbox().pause_all(is_paused=False)
    assert (await office.outbox().counts()).waiting == 1


async def test_messages_are_counted_by_what_they_wait_for(office: Office) -> None:
    assert await office.outbox().counts() == OutboxCounts()
    for state in ("sending", UNKNOWN, SENT, "failed", QUEUED, QUEUED):
        queue_id = await office.submit(state=state)
        if state in (SENT, "failed"):
            await office.set(queue_id, finished_at=NOW)
    await office.submit(send_at=NOW + 100)
    office.now += 7
    assert await office.outbox().counts() == OutboxCounts(1, 2, 1, 0, 1, NOW)
    await change(office.db, sending_lanes, held_until=NOW + 8)
    assert await office.outbox().counts() == OutboxCounts(1, 0, 3, 0, 1, None)
    await office.outbox().pause("anna", is_paused=True)
    assert await office.outbox().counts() == OutboxCounts(1, 0, 0, 3, 1, None)
