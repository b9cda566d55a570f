"""Moving messages: by MOVE or COPY, and where they are afterwards."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.envelope import Envelope
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.ids import MessageId, message_id
from postroom.mailboxes.changing.moving import Moved, Trace, found_again, move_uids, trace_of
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.targets import MoveTarget
from postroom.mailboxes.failures import FolderNotFound, ServerRefused
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer
from tests.mailboxes.changing.at import MAIL, at, soon

SENT = MoveTarget("Sent", "Sent", "Sent")


def uids(*numbers: int) -> UidSet:
    return UidSet.from_iterable(numbers)


async def number(visits: MailVisits, path: str) -> int:
    async with at(visits, path) as folder:
        return folder.number


async def test_what_copyuid_proves(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2, 3):
        mail.append("u1", MAIL % n)
    mail.append("u1", MAIL % 9, "Sent")
    sent, progress = await number(visits, "Sent"), ChangeProgress(2)
    async with at(visits) as folder:
        target, moved = await move_uids(visits, folder, uids(1, 3), SENT, progress)
        assert moved == Moved(((1, 2), (3, 3)), folder.number, sent, "Sent")
        assert progress.moved == moved.ids()
        assert moved.ids()[0] == (message_id(folder.number, 1), message_id(sent, 2))
    assert (target, progress.done, progress.unsure, progress.touched) == (SENT, 2, 0, [])


@pytest.mark.parametrize("code", ["[COPYUID 7 1 1:2]", "[COPYUID x]", "[COPYUID 0 1 1]", ""])
async def test_a_copyuid_that_proves_nothing(visits: MailVisits, mail: FakeImapServer, code: str) -> None:
    mail.append("u1", MAIL % 1)
    mail.behave(answer("UID COPY", tagged=f"OK {code} Copied"))
    async with at(visits) as folder:
        _, moved = await move_uids(visits, folder, uids(1), SENT, ChangeProgress(1))
    assert moved is None


async def test_move_is_used_where_it_is_offered(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("MOVE",)
    mail.append("u1", MAIL % 1)
    async with at(visits) as folder:
        _, moved = await move_uids(visits, folder, uids(1), SENT, ChangeProgress(1))
        assert moved is not None
        assert moved.pairs == ((1, 1),)
    assert [mail.statistics.count("command", each) for each in ("UID MOVE", "UID COPY")] == [1, 0]


async def test_a_move_that_cannot_be_is_a_copy(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("MOVE",)
    mail.append("u1", MAIL % 1)
    mail.behave(answer("UID MOVE", tagged="NO [CANNOT] Not to this folder"))
    async with at(visits) as folder:
        _, moved = await move_uids(visits, folder, uids(1), SENT, ChangeProgress(1))
        assert moved is not None
    assert [mail.statistics.count("command", each) for each in ("UID MOVE", "UID COPY")] == [1, 1]
    assert mail.mailbox("u1").messages == []


async def test_refusals_say_whether_anything_may_have_moved(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("MOVE",)
    for n in (1, 2):
        mail.append("u1", MAIL % n)
    mail.behave(answer("UID MOVE", tagged="NO [OVERQUOTA] Full"))
    async with at(visits) as folder:
        for chosen, unsure in ((uids(1), 0), (uids(1, 2), 2)):
            progress = ChangeProgress(len(chosen))
            with pytest.raises(ServerRefused) as caught:
                await move_uids(visits, folder, chosen, SENT, progress)
            assert (caught.value.code, progress.unsure) == ("OVERQUOTA", unsure)
        mail.behave_now(answer("UID MOVE", tagged="NO No such folder"))
        with pytest.raises(FolderNotFound):
            await move_uids(visits, folder, uids(1), MoveTarget("X", "X", "X"), ChangeProgress(1))


async def test_a_folder_with_an_irregular_name_is_reached(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "Entwürfe")
    mail.append("u1", MAIL % 1)
    async with at(visits) as folder:
        target, _ = await move_uids(
            visits, folder, uids(1), MoveTarget("Entwürfe", "Entwürfe", "Entwürfe"), ChangeProgress(1)
        )
    assert (target.name, len(mail.mailbox("u1", "Entwürfe").messages)) == ("Entwürfe".encode(), 1)


async def test_a_moved_message_is_found_by_its_id_and_size(visits: MailVisits, mail: FakeImapServer) -> None:
    size = len(MAIL % 1)
    mail.append("u1", MAIL % 2, "Sent")
    mail.append("u1", MAIL % 1, "Sent")
    mail.append("u1", MAIL % 1 + b"longer", "Sent")
    sent = await number(visits, "Sent")
    trace = Trace("<1@example.com>", size)
    async with at(visits) as folder:
        assert await found_again(visits, folder, SENT, trace, soon()) == (1, MessageId(sent, 2))
    async with at(visits) as folder:
        # Without a size, two messages look alike.
        assert await found_again(visits, folder, SENT, Trace(trace.message_id, None), soon()) == (2, None)
    async with at(visits) as folder:
        assert await found_again(visits, folder, SENT, Trace("<none@example.com>", 1), soon()) == (0, None)
    async with at(visits) as folder:
        assert await found_again(visits, folder, MoveTarget("X", "X", "X"), trace, soon()) == (None, None)


def test_what_a_message_is_recognised_by() -> None:
    def of(id_: str | None) -> Trace | None:
        return trace_of(FetchData(1, size=7, envelope=Envelope(message_id=id_)))

    assert of("<1@example.com>") == Trace("<1@example.com>", 7)
    assert [of(bad) for bad in (None, "", "<ü@example.com>", "<a\r\nb>", f"<{'x' * 1000}>")] == [None] * 5
    assert trace_of(FetchData(1)) is None
