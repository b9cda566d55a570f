"""What follows a sent message, done by a process: once, in order, and by another one if it is killed."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from postroom.storage.tables import accounts
from postroom.submission.model import TaskKind
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.fakes.imap_server import Behaviour, Command, ConnectionOver, FakeImapServer, Session, answer
from tests.fakes.waiting import eventually
from tests.submission.afterwards.conftest import FollowedHouse, letter
from tests.supervisor.conftest import imap_body

COPY, MARK, DRAFT, FIND = TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT, TaskKind.FIND


async def test_everything_that_follows_a_sent_draft_that_answers(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", b"Message-ID: <old@x>\r\n\r\n", "INBOX")
    mail.append("u1", letter(1), "Drafts", {"\\Draft"})
    answers = RepliesTo(await house.id_in("INBOX"), "reply-all")
    plan = SendingPlan(answers=answers, draft=await house.id_in("Drafts"))
    id_ = await house.message(COPY, MARK, DRAFT, plan=plan)
    await house.until_done()
    (copy,) = mail.mailbox("u1", "Sent").messages
    assert (copy.content, copy.flags) == (letter(1), {"\\Seen"})
    assert "\\Answered" in mail.mailbox("u1").messages[0].flags
    assert not mail.mailbox("u1", "Drafts").messages
    assert not mail.mailbox("u1", "Trash").messages
    row = await house.row(id_)
    assert (row.state, row.copied, row.copy_error) == ("sent", "stored", None)
    assert not await house.has_body(id_)


async def test_a_draft_without_a_copy_goes_to_the_deleted_mail(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", letter(1), "Drafts", {"\\Draft"})
    mail.behave(answer("APPEND", tagged="NO [TOOBIG] Too big"))
    id_ = await house.message(COPY, DRAFT, plan=SendingPlan(draft=await house.id_in("Drafts")))
    await house.until_done()
    assert not mail.mailbox("u1", "Drafts").messages
    assert len(mail.mailbox("u1", "Trash").messages) == 1
    assert (await house.row(id_)).copied == "failed"
    ((_, data),) = await house.events("messageCopyError")
    assert data["error"] == "The mail server refused APPEND: Too big"
    assert (data["path"], data["envelope"]) == ("\\Sent", {"from": "a@x", "to": ["b@x"]})


async def test_a_cut_after_the_server_has_the_copy_makes_no_second_one(
    house: FollowedHouse, mail: FakeImapServer
) -> None:
    cuts: list[int] = []

    async def append(session: Session, command: Command) -> None:
        if cuts:
            await session.answer_normally(command)
            return
        cuts.append(1)
        mail.append("u1", letter(1), command.text(0))
        raise ConnectionOver

    mail.behave(Behaviour(on_command={"APPEND": append}))
    id_ = await house.message(COPY)
    async with house.working(), asyncio.timeout(30.0):
        await eventually(lambda: cuts)
        while (await house.row(id_)).copy_error is None:
            await asyncio.sleep(0.01)
        await house.make_due()
        await house.until_left()
    assert len(mail.mailbox("u1", "Sent").messages) == 1
    assert (await house.row(id_)).copied == "stored"


async def test_a_process_that_ends_in_the_middle_leaves_the_task_to_the_next(
    house: FollowedHouse, mail: FakeImapServer
) -> None:
    stored: list[int] = []

    async def append(session: Session, command: Command) -> None:
        mail.append("u1", letter(1), command.text(0))
        stored.append(1)
        await session.stay_silent()

    mail.next_connections(Behaviour(on_command={"APPEND": append}))
    id_ = await house.message(COPY)
    async with house.working(), asyncio.timeout(30.0):
        await eventually(lambda: stored)
    assert (await house.tasks())[id_, "copy"].claimed_by is None
    await house.until_done()
    assert len(mail.mailbox("u1", "Sent").messages) == 1
    assert (await house.row(id_)).copied == "stored"


async def test_a_task_of_a_killed_process_is_due_when_its_claim_ends(house: FollowedHouse) -> None:
    id_ = await house.message(COPY)
    await house.claimed(id_)
    await house.make_due()
    await house.until_done()
    assert (await house.row(id_)).copied == "stored"


async def test_many_messages_of_one_account_go_one_by_one(house: FollowedHouse, mail: FakeImapServer) -> None:
    for _ in range(22):
        await house.message(COPY)
    await house.until_done()
    assert [each.content for each in mail.mailbox("u1", "Sent").messages] == [letter(n + 1) for n in range(22)]
    assert mail.statistics.logins == 1


async def test_a_message_that_was_added_later_is_noticed(house: FollowedHouse, mail: FakeImapServer) -> None:
    async with house.working(), asyncio.timeout(30.0):
        await house.message(COPY)
        await house.until_left()
    assert len(mail.mailbox("u1", "Sent").messages) == 1


async def test_an_unknown_message_is_found(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", letter(1), "Sent")
    id_ = await house.message(FIND, state="unknown")
    await house.until_done()
    assert (await house.row(id_)).state == "sent"
    names = [name for name, _ in await house.events("messageResolved", "messageSent")]
    assert names == ["messageResolved", "messageSent"]


async def test_an_account_whose_server_hangs_delays_no_other(house: FollowedHouse, mail: FakeImapServer) -> None:
    async def append(session: Session, command: Command) -> None:
        if session.user == "u1":
            await session.stay_silent()
        await session.answer_normally(command)

    await house.visits.borrowing.accounts.register("b", imap_body(mail.port, user="u2"))
    await house.db.write(lambda conn: conn.execute(sa.update(accounts).values(state="connected")) and None)
    mail.behave(Behaviour(on_command={"APPEND": append}))
    slow, waiting = await house.message(COPY), await house.message(COPY)
    await house.message(COPY, account="b")
    async with house.working(), asyncio.timeout(30.0):
        await house.until_left({(slow, "copy"), (waiting, "copy")})
    assert len(mail.mailbox("u2", "Sent").messages) == 1
    assert not mail.mailbox("u1", "Sent").messages


async def test_a_fault_of_one_task_does_not_end_the_work(house: FollowedHouse, mail: FakeImapServer) -> None:
    broken = await house.message(COPY)
    await house.change(broken, plan={"answers": {"unreadable": True}})
    async with house.working(), asyncio.timeout(30.0):
        while (await house.tasks())[broken, "copy"].claimed_by is None:
            await asyncio.sleep(0.01)
        good = await house.message(COPY)
        await house.until_left({(broken, "copy")})
    assert (await house.row(good)).copied == "stored"


@pytest.mark.parametrize("migrated_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_two_processes_share_the_work(house: FollowedHouse, mail: FakeImapServer) -> None:
    answers = RepliesTo(await house.id_in("INBOX"), "reply")
    async with house.working(), house.working(node_id="other"):
        for _ in range(15):
            await house.message(COPY, MARK, plan=SendingPlan(answers=answers))
        await house.until_left()
    found = sorted(each.content for each in mail.mailbox("u1", "Sent").messages)
    assert found == sorted(letter(n + 1) for n in range(15))
