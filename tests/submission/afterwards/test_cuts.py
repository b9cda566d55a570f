"""Whatever breaks while a copy is stored, and wherever the process ends: there is one copy in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from postroom.submission.model import TaskKind
from postroom.submission.plan import SendingPlan
from tests.fakes.failing_database import FailingDatabase, Fault
from tests.fakes.imap_server import (
    Behaviour,
    Command,
    ConnectionOver,
    FakeImapServer,
    Session,
    drop_after,
    drop_during,
)
from tests.submission.afterwards.conftest import FollowedHouse, letter

COPY, DRAFT = TaskKind.COPY, TaskKind.DRAFT
PATIENCE = 30.0
OTHER = b"Message-ID: <other@x>\r\n\r\nother\r\n"


def cut_before_the_content() -> Behaviour:
    async def cut(_session: Session, begun: bytes) -> bool:
        if b" APPEND " in begun:
            raise ConnectionOver
        return True

    return Behaviour(on_literal=cut)


def cut_before_the_answer(mail: FakeImapServer) -> Behaviour:
    async def append(session: Session, command: Command) -> None:
        mail.append("u1", letter(1), command.text(0))
        raise ConnectionOver

    return Behaviour(on_command={"APPEND": append})


def refuse_once() -> Behaviour:
    refused: list[int] = []

    async def append(session: Session, command: Command) -> None:
        if refused:
            await session.answer_normally(command)
        else:
            refused.append(1)
            await session.tagged(command, "NO", "[UNAVAILABLE] Not now")

    return Behaviour(on_command={"APPEND": append})


CUTS: dict[str, Callable[[FakeImapServer], Behaviour]] = {
    "sign-in": lambda _: drop_during("LOGIN"),
    "EXAMINE": lambda _: drop_during("EXAMINE"),
    "UID SEARCH": lambda _: drop_during("UID SEARCH", abruptly=True),
    "APPEND": lambda _: drop_during("APPEND"),
    "before the content": lambda _: cut_before_the_content(),
    "before the answer": cut_before_the_answer,
    "after the answer": lambda _: drop_after("APPEND", abruptly=True),
    "a refusal": lambda _: refuse_once(),
}


async def stored(house: FollowedHouse, id_: int) -> None:
    """Wait for the copy; a task that failed is due at once."""
    async with asyncio.timeout(PATIENCE):
        while (await house.row(id_)).copied != "stored":
            rows = await house.tasks()
            if all(row.claimed_by is None for row in rows.values()):
                await house.make_due()
            await asyncio.sleep(0.02)


def copies(mail: FakeImapServer) -> Iterable[bytes]:
    return [each.content for each in mail.mailbox("u1", "Sent").messages if each.content != OTHER]


@pytest.mark.parametrize("cut", CUTS)
async def test_a_session_that_ends_at_any_step(house: FollowedHouse, mail: FakeImapServer, cut: str) -> None:
    mail.append("u1", OTHER, "Sent")
    mail.next_connections(CUTS[cut](mail), CUTS[cut](mail))
    id_ = await house.message(COPY)
    async with house.working():
        await stored(house, id_)
    assert copies(mail) == [letter(1)]


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_database_that_goes_away_at_any_call(
    house: FollowedHouse, mail: FakeImapServer, fault: Fault, number: int
) -> None:
    mail.append("u1", letter(1), "Drafts", {"\\Draft"})
    id_ = await house.message(COPY, DRAFT, plan=SendingPlan(draft=await house.id_in("Drafts")))
    failing = FailingDatabase(house.db)
    failing.fail(number, fault)
    async with house.working(db=failing), asyncio.timeout(PATIENCE):
        while not failing.hits and await house.tasks():
            await asyncio.sleep(0.01)
    # The next process begins when the claims of this one end.
    await house.make_due()
    await house.until_done()
    assert copies(mail) == [letter(1)]
    assert not mail.mailbox("u1", "Drafts").messages
    assert not mail.mailbox("u1", "Trash").messages
    assert (await house.row(id_)).copied == "stored"
