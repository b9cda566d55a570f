"""The messages of tasks in the database: what is read of them, and changes that depend on their state."""

from __future__ import annotations

from postroom.storage.statements.connection import Connection
from postroom.submission.afterwards import followed_store
from postroom.submission.model import CopyState, MessageState, RecipientState, TaskKind
from postroom.submission.plan import SendingPlan
from tests.submission.afterwards.conftest import FollowedHouse


async def test_a_message_is_read_with_the_settings_of_its_account(house: FollowedHouse) -> None:
    plan = SendingPlan(sent_folder="Out", draft="x")
    id_ = await house.message(TaskKind.COPY, plan=plan, sent_as="<other@y>", attempted_at=5)
    found = await house.followed(id_)
    assert (found.account, found.plan, found.ids) == ("a", plan, ("<1@x>", "<other@y>"))
    assert (found.state, found.copied, found.sent_at) == (MessageState.SENT, CopyState.PENDING, 5)
    assert found.was_sent_before
    assert found.settings.wants_imap
    assert await house.db.read(lambda conn: followed_store.load(conn, id_ + 1)) is None


async def test_whether_a_server_took_it_for_somebody(house: FollowedHouse) -> None:
    for states, expected in (
        ({"b@x": "unknown", "c@x": "refused"}, False),
        ({"b@x": "unknown", "c@x": "bounced"}, True),
    ):
        id_ = await house.message(state="unknown", recipients=states)
        assert (await house.followed(id_)).was_sent_before is expected


async def test_a_copy_that_is_not_pending_stays_as_it_is(house: FollowedHouse) -> None:
    def put(conn: Connection, copied: CopyState, error: str | None = None) -> bool:
        return followed_store.put_copy(conn, id_, copied, error)

    id_ = await house.message(TaskKind.COPY)
    assert await house.db.write(lambda conn: put(conn, CopyState.PENDING, "not now"))
    assert (await house.row(id_)).copy_error == "not now"
    assert await house.db.write(lambda conn: put(conn, CopyState.STORED))
    assert not await house.db.write(lambda conn: put(conn, CopyState.FAILED, "never"))
    row = await house.row(id_)
    assert (row.copied, row.copy_error) == ("stored", None)


async def test_an_unknown_message_is_resolved_once(house: FollowedHouse) -> None:
    states = {"b@x": "unknown", "c@x": "refused", "d@x": "unknown"}
    id_ = await house.message(state="unknown", recipients=states, attempt="token")
    resolved = [
        await house.db.write(lambda conn: followed_store.resolve_as_sent(conn, id_, "found", 9)) for _ in range(2)
    ]
    assert resolved == [MessageState.SENT, None]
    row = await house.row(id_)
    assert (row.state, row.finished_at, row.response, row.attempt, row.copied) == ("sent", 9, "found", None, "stored")
    assert await house.states(id_) == ["sent", "refused", "sent"]


async def test_a_resolved_message_is_queued_for_those_who_are_still_to_be_tried(house: FollowedHouse) -> None:
    id_ = await house.message(state="unknown", recipients={"b@x": "unknown", "c@x": "deferred"})
    resolved = await house.db.write(lambda conn: followed_store.resolve_as_sent(conn, id_, "found", 9))
    row = await house.row(id_)
    assert (resolved, row.state, row.next_at, row.finished_at) == (MessageState.QUEUED, "queued", 9, None)
    assert await house.states(id_) == ["sent", "deferred"]


async def test_recipients_by_state(house: FollowedHouse) -> None:
    id_ = await house.message(recipients={"b@x": "sent", "c@x": "refused", "d@x": "sent"})
    known = await house.db.read(lambda conn: followed_store.recipients_of(conn, id_))
    assert known.addresses({RecipientState.SENT}) == ("b@x", "d@x")
    assert known.has(RecipientState.REFUSED)
    assert not known.has(RecipientState.UNKNOWN, RecipientState.QUEUED)
