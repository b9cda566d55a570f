"""Files of other messages: as they are there, as the caller wants them, and within a bound."""

from __future__ import annotations

import pytest

from postroom.mail.composing.draft import Enclosure
from postroom.mail.ids import attachment_id
from postroom.mailboxes.failures import IncompleteAnswer, InvalidId, ReferenceNotFound, ReferenceTooLarge
from postroom.mailboxes.uploading import parts
from postroom.mailboxes.uploading.parts import fetch_files
from postroom.mailboxes.uploading.upload import TakenFile
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer

PAPER = '("APPLICATION" "PDF" ("NAME" "a.pdf") "<a@x>" NIL "BASE64" 4 NIL ("INLINE" NIL) NIL)'
TOLD = answer(
    "UID FETCH",
    f'* 1 FETCH (UID 1 BODYSTRUCTURE ({PAPER} {PAPER} "MIXED") BODY[1] {{4}}\r\nYQ== BODY[2] NIL)',
)


async def taken(visits: MailVisits, *files: TakenFile) -> tuple[Enclosure, ...]:
    return await fetch_files(visits, "a", files, TimeAllowed.after(10.0))


async def of(visits: MailVisits, section: str, uid: int = 1) -> str:
    async with visits.folder("a", "INBOX", TimeAllowed.after(10.0)) as folder:
        return attachment_id(folder.number, uid, section)


async def test_a_file_is_taken_as_it_is_or_as_the_caller_calls_it(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"x")
    mail.behave(TOLD)
    id_ = await of(visits, "1")
    asked = TakenFile(id_, "text/plain", "b.txt", "inline", "c@x")
    assert await taken(visits, TakenFile(id_), asked) == (
        Enclosure(b"a", "application/pdf", "a.pdf"),
        Enclosure(b"a", "text/plain", "b.txt", "inline", "c@x"),
    )


async def test_all_files_together_are_bounded(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.append("u1", b"x")
    mail.behave(TOLD)
    file = TakenFile(await of(visits, "1"))
    monkeypatch.setattr(parts, "MOST_TAKEN", 8)
    assert len(await taken(visits, file, file)) == 2
    with pytest.raises(ReferenceTooLarge, match="8 octets"):
        await taken(visits, file, file, file)


async def test_what_is_not_there(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"x")
    mail.behave(TOLD)
    for missing in (await of(visits, "3"), attachment_id(99, 1, "1")):
        with pytest.raises(ReferenceNotFound):
            await taken(visits, TakenFile(missing))
    with pytest.raises(InvalidId):
        await taken(visits, TakenFile("no id"))
    with pytest.raises(IncompleteAnswer, match="left out"):
        await taken(visits, TakenFile(await of(visits, "2")))
    mail.behave_now(answer("UID FETCH", "* 1 FETCH (UID 1 BODYSTRUCTURE NIL)"))
    with pytest.raises(IncompleteAnswer, match="structure"):
        await taken(visits, TakenFile(await of(visits, "1")))
