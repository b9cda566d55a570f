"""A message is accepted once for each idempotency key, in one transaction with its answer, whatever happens between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.schema.sending import idempotency_keys
from postroom.storage.statements.connection import Connection
from postroom.submission.accepting import key_store, service, submission_store
from postroom.submission.accepting.key_store import LEASE_MS
from postroom.submission.accepting.model import ComposedRequest, IdempotencyKeyReused, JsonObject, RequestInFlight
from postroom.submission.accepting.service import Submitted
from postroom.submission.model import TOPIC
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.submission.messages import BOX, accepting, add_account, bodies, lane, message, recipients, rows

NOW = 1_700_000_000_000


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def answer_of(submitted: Submitted) -> JsonObject:
    return {"queueId": submitted.queue_id, "messageId": submitted.message_id}


class Composer:
    """Composes the same message each time; `ran` counts how often."""

    def __init__(self, **fields: Any) -> None:
        self.ran = 0
        self.fields = fields

    async def __call__(self) -> ComposedRequest:
        self.ran += 1
        return ComposedRequest(message(**self.fields), answer_of)


@pytest.fixture
async def anna(db: Database) -> Database:
    await add_account(db)
    return db


async def test_a_message_is_stored_with_its_recipients_its_body_and_a_due_lane(anna: Database) -> None:
    waiter = anna.wakeups.subscribe(TOPIC)
    done = await accepting(anna, clock=Clock(), random=lambda count: b"\xab" * count).accept(
        message("anna", "bert@example.net", "cleo@example.net", proxy="socks5://user:a-hidden-word@proxy.example")
    )
    assert done == Submitted("18bcfe56800abababab", "<1@example.com>", NOW)
    (row,) = await rows(anna)
    assert (row.queue_id, row.account, row.source, row.state) == (done.queue_id, "anna", "api", "queued")
    assert (row.created_at, row.send_at, row.next_at, row.attempts, row.most_attempts) == (NOW, NOW, NOW, 0, 10)
    assert row.plan == {"hasProxy": True}
    assert "a-hidden-word" not in row.secrets
    assert (
        BOX.open(row.secrets, f"submission:{done.queue_id}") == '{"proxy":"socks5://user:a-hidden-word@proxy.example"}'
    )
    assert await recipients(anna) == [("bert@example.net", "queued"), ("cleo@example.net", "queued")]
    (piece,) = await bodies(anna)
    assert b"Hello" not in bytes(piece.sealed)
    assert (await lane(anna)).next_at == NOW
    assert await waiter.wait(5.0) == {"anna"}


async def test_a_time_in_the_past_is_now_and_one_in_the_future_is_kept(anna: Database) -> None:
    service = accepting(anna, clock=Clock())
    assert (await service.accept(message(send_at=NOW - 1))).send_at == NOW
    assert (await service.accept(message(send_at=NOW + 5000))).send_at == NOW + 5000


async def test_the_attempts_are_those_of_the_message_or_else_of_the_setting(anna: Database) -> None:
    service = accepting(anna)
    await service._runtime.update({"deliveryAttempts": 3})
    await service.accept(message())
    await service.accept(message(most_attempts=5))
    assert [row.most_attempts for row in await rows(anna)] == [3, 5]


async def test_an_account_that_is_not_there_gets_nothing(anna: Database) -> None:
    with pytest.raises(AccountNotFound):
        await accepting(anna).accept(message("nobody"))
    with pytest.raises(AccountNotFound):
        await accepting(anna).once("nobody", "key", "f", Composer())
    assert await rows(anna) == []


async def test_the_same_key_and_request_get_the_first_answer(anna: Database) -> None:
    compose = Composer()
    first = await accepting(anna).once("anna", "key", "f", compose)
    again = await accepting(anna).once("anna", "key", "f", compose)
    assert (first.is_repeated, again.is_repeated) == (False, True)
    assert (first.key, again.key) == ("key", "key")
    assert again.answer == first.answer
    assert compose.ran == 1
    assert len(await rows(anna)) == 1


async def test_without_a_key_each_request_is_a_message_of_its_own(anna: Database) -> None:
    for _ in range(2):
        assert (await accepting(anna).once("anna", None, "f", Composer())).key is None
    assert len(await rows(anna)) == 2
    assert await rows(anna, idempotency_keys) == []


async def test_another_request_under_the_same_key_is_refused_and_another_account_has_its_own_keys(
    anna: Database,
) -> None:
    await add_account(anna, "bert")
    await accepting(anna).once("anna", "key", "f", Composer())
    with pytest.raises(IdempotencyKeyReused):
        await accepting(anna).once("anna", "key", "other", Composer())
    assert not (await accepting(anna).once("bert", "key", "other", Composer(account="bert"))).is_repeated
    assert len(await rows(anna)) == 2


async def test_requests_at_once_share_one_message_and_one_answer(anna: Database) -> None:
    compose = Composer()
    services = [accepting(anna) for _ in range(8)]
    told = await asyncio.gather(*(each.once("anna", "key", "f", compose) for each in services))
    assert len({str(each.answer) for each in told}) == 1
    assert sorted(each.is_repeated for each in told) == [False] + [True] * 7
    assert compose.ran == 1
    assert len(await rows(anna)) == 1


async def test_a_repetition_waits_a_little_for_the_first_answer(
    anna: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WAITS_FOR_FIRST", 0.05)
    composing, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> ComposedRequest:
        composing.set()
        await go_on.wait()
        return ComposedRequest(message(), answer_of)

    first = asyncio.ensure_future(accepting(anna).once("anna", "key", "f", slow))
    await composing.wait()
    with pytest.raises(RequestInFlight):
        await accepting(anna).once("anna", "key", "f", Composer())
    with pytest.raises(IdempotencyKeyReused):
        await accepting(anna).once("anna", "key", "other", Composer())
    go_on.set()
    told = await first
    assert (await accepting(anna).once("anna", "key", "f", Composer())).answer == told.answer
    assert len(await rows(anna)) == 1


async def test_a_request_that_fails_leaves_its_key_free(anna: Database) -> None:
    async def fails() -> ComposedRequest:
        raise ValueError("no such reference")

    with pytest.raises(ValueError, match="no such reference"):
        await accepting(anna).once("anna", "key", "f", fails)
    assert await rows(anna, idempotency_keys) == []
    assert not (await accepting(anna).once("anna", "key", "other", Composer())).is_repeated


async def test_a_claim_is_renewed_while_the_request_is_worked_on(
    anna: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RENEW_EVERY", 0.01)
    clock = Clock()

    async def slow() -> ComposedRequest:
        for step in range(1, 4):
            clock.now = NOW + step * LEASE_MS
            while (await rows(anna, idempotency_keys))[0].until < clock.now + LEASE_MS:
                await asyncio.sleep(0.005)
        return ComposedRequest(message(), answer_of)

    assert not (await accepting(anna, clock=clock).once("anna", "key", "f", slow)).is_repeated


async def test_who_lost_the_key_stores_nothing(anna: Database) -> None:
    """The process stood still for longer than its lease, and another one did the work."""
    clock, compose = Clock(), Composer()

    async def stands_still() -> ComposedRequest:
        clock.now += LEASE_MS
        await accepting(anna, clock=clock).once("anna", "key", "f", compose)
        return ComposedRequest(message(subject="late"), answer_of)

    with pytest.raises(RequestInFlight):
        await accepting(anna, clock=clock).once("anna", "key", "f", stands_still)
    assert [row.subject for row in await rows(anna)] == ["Hello"]
    assert (await accepting(anna, clock=clock).once("anna", "key", "f", compose)).is_repeated


async def test_the_key_of_a_process_that_died_is_free_after_its_lease(
    anna: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WAITS_FOR_FIRST", 0.0)
    clock = Clock()
    died = accepting(anna, clock=clock)
    claim = lambda conn: died._claim(conn, account="anna", key="key", fingerprint="f", holder="dead")  # noqa: E731
    await anna.write(claim)
    clock.now += LEASE_MS - 1
    with pytest.raises(RequestInFlight):
        await accepting(anna, clock=clock).once("anna", "key", "f", Composer())
    clock.now += 1
    assert not (await accepting(anna, clock=clock).once("anna", "key", "f", Composer())).is_repeated


async def test_a_key_is_kept_for_48_hours(anna: Database) -> None:
    clock = Clock()
    await accepting(anna, clock=clock).once("anna", "key", "f", Composer())
    clock.now += 48 * 3_600_000 - 1
    assert (await accepting(anna, clock=clock).once("anna", "key", "f", Composer())).is_repeated
    clock.now += 1
    assert not (await accepting(anna, clock=clock).once("anna", "key", "f", Composer())).is_repeated


@pytest.mark.parametrize("key", [None, "key"])
@pytest.mark.parametrize("number", [1, 2])
async def test_an_answer_that_is_lost_in_the_commit_is_found(anna: Database, key: str | None, number: int) -> None:
    failing = FailingDatabase(anna)
    service = accepting(failing)
    await service._runtime.get()
    failing.fail(number, "blink")
    told = await service.once("anna", key, "f", Composer())
    (row,) = await rows(anna)
    assert told.answer["queueId"] == row.queue_id
    assert not told.is_repeated
    assert failing.hits == (0 if key is None and number == 2 else 1)


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_database_that_goes_away_at_any_call_never_makes_two_messages(
    anna: Database, monkeypatch: pytest.MonkeyPatch, fault: Fault, number: int
) -> None:
    monkeypatch.setattr(service, "_PAUSES_AFTER_UNKNOWN", (0.0, 0.0))
    failing, clock, compose = FailingDatabase(anna), Clock(), Composer()
    accept = accepting(failing, clock=clock)
    await accept._runtime.get()
    failing.fail(number, fault)
    answer = None
    try:
        answer = (await accept.once("anna", "key", "f", compose)).answer
    except StorageUnavailable:
        assert await rows(anna) == []
    except OutcomeUnknown:
        assert fault == "after"
    failing.heal()
    clock.now += LEASE_MS
    again = await accept.once("anna", "key", "f", compose)
    assert again.answer == (answer or again.answer)
    (row,) = await rows(anna)
    assert again.answer["queueId"] == row.queue_id


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(12))
async def test_a_process_that_dies_between_two_statements_leaves_all_or_nothing(
    anna: Database, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """`step` statements of the request's own run; then its process is gone, without a word."""
    clock, left = Clock(), count(step, -1)
    dead = accepting(anna, clock=clock)
    await dead._runtime.get()
    is_dead = asyncio.Event()

    def mortal(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(conn: Connection, *args: Any, **kwargs: Any) -> Any:
            if next(left) <= 0 or is_dead.is_set():
                is_dead.set()
                raise Died
            return work(conn, *args, **kwargs)

        return run

    with monkeypatch.context() as patched:
        for module, names in (
            (key_store, ("claim", "answer", "release", "find")),
            (submission_store, ("account_key", "insert", "make_due")),
        ):
            for name in names:
                patched.setattr(module, name, mortal(getattr(module, name)))
        try:
            first = await dead.once("anna", "key", "f", Composer())
        except Died:
            first = None
            assert await rows(anna) == []
    clock.now += LEASE_MS
    again = await accepting(anna, clock=clock).once("anna", "key", "f", Composer())
    assert again.is_repeated is (first is not None)
    (row,) = await rows(anna)
    assert again.answer["queueId"] == row.queue_id
    assert len(await bodies(anna)) == len(await recipients(anna)) == 1
