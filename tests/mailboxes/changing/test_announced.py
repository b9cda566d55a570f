"""What the sync can know of a move while it is under way, and afterwards."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.folders.hints import TOPIC, read_hints
from postroom.imap.sets import UidSet
from postroom.mail.ids import MessageId
from postroom.mailboxes.changing.moving import move_uids
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.targets import MoveTarget
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from postroom.storage.schema.moves import message_moves, moves_under_way
from postroom.threads.moves import store as moves_store
from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Session
from tests.fakes.imap_server import FakeImapServer, answer, drop_during
from tests.mailboxes.changing.at import MAIL, at

SENT = MoveTarget("Sent", "Sent", "Sent")
ONE = UidSet([(1, 1)])


async def under_way(visits: MailVisits) -> list[tuple[int, str]]:
    query = sa.select(moves_under_way.c.source, moves_under_way.c.target)
    return [(row[0], row[1]) for row in await visits.db.read(lambda conn: conn.execute(query).all())]


async def test_it_is_known_before_the_server_is_told_and_settled_after_its_answer(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.append("u1", MAIL % 1)
    seen: list[list[tuple[int, str]]] = []

    async def look(session: Session, command: Command) -> None:
        seen.append(await under_way(visits))
        await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"UID COPY": look, "UID EXPUNGE": look}))
    progress, waiter = ChangeProgress(1), visits.db.wakeups.subscribe(TOPIC)
    async with at(visits) as folder:
        _, moved = await move_uids(visits, folder, ONE, SENT, progress)
        assert moved is not None
        assert seen == [[(folder.number, "Sent")]] * 2
        assert await under_way(visits) == []
        left = await visits.db.read(lambda conn: moves_store.find(conn, folder.visit.key, MessageId(folder.number, 1)))
        assert left is not None
        assert left.to == MessageId(moved.target, 1)
    assert progress.touched == []
    assert {path for _, path in read_hints(await waiter.wait(10.0))} <= {"INBOX", "Sent"}


@pytest.mark.parametrize("way", ["refused", "lost"])
async def test_it_ends_when_the_server_refuses_and_when_nobody_knows(
    visits: MailVisits, mail: FakeImapServer, way: str
) -> None:
    mail.append("u1", MAIL % 1)
    refusal = answer("UID COPY", tagged="NO [OVERQUOTA] Full")
    mail.behave(refusal if way == "refused" else drop_during("UID EXPUNGE"))
    progress = ChangeProgress(1)
    with pytest.raises(ServerRefused if way == "refused" else SessionFailed):
        async with at(visits) as folder:
            await move_uids(visits, folder, ONE, SENT, progress)
    assert await under_way(visits) == []
    assert await visits.db.read(lambda conn: conn.execute(sa.select(message_moves)).all()) == []
    # The sync is told at the end of the request to look for itself.
    assert progress.touched == ["INBOX", "Sent"]
