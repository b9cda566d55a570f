"""Fetches parts of messages that a new message takes over, within a bound of memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.composing.draft import Enclosure
from postroom.mail.composing.originals import enclosure_of
from postroom.mail.ids import MessageId, NotAnId, read_attachment_id
from postroom.mailboxes.failures import (
    FolderNotFound,
    IncompleteAnswer,
    InvalidId,
    MessageMoved,
    MessageNotFound,
    PartNotFound,
    ReferenceNotFound,
    ReferenceTooLarge,
)
from postroom.mailboxes.uploading.upload import TakenFile
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits
from postroom.tasks import aside

__all__ = ["MOST_TAKEN", "OCTETS_PER_ITEM", "fetch_files", "fetch_parts"]

MOST_TAKEN: Final = 20 * 1024 * 1024
"""Octets, as transferred, of all the parts that a message takes over."""

OCTETS_PER_ITEM: Final = 100
"""Octets that are decoded in about a microsecond."""


async def fetch_parts(at: AtMessage, parts: Sequence[BodyPart], before: int = 0) -> dict[str, bytes]:
    """Return the content of parts by section, as transferred. One part at a time, because they may be large.

    `before` octets were taken over already. Raises ReferenceTooLarge, and IncompleteAnswer when a part is left out.
    """
    if before + sum(part.size or 0 for part in parts) > MOST_TAKEN:
        raise ReferenceTooLarge(MOST_TAKEN)
    contents: dict[str, bytes] = {}
    for part in parts:
        data = await fetch_one(at, (f"BODY.PEEK[{part.section}]",), largest=part.size)
        content = data.sections.get(part.section)
        if content is None:
            raise IncompleteAnswer("The mail server left out a part of the referenced message. Try again later")
        contents[part.section] = content
        if before + sum(map(len, contents.values())) > MOST_TAKEN:
            raise ReferenceTooLarge(MOST_TAKEN)
    return contents


async def fetch_files(
    visits: MailVisits, account: str, files: Sequence[TakenFile], allowed: TimeAllowed
) -> tuple[Enclosure, ...]:
    """Return files of other messages by the ids of their attachments.

    Raises InvalidId, ReferenceNotFound, ReferenceTooLarge, IncompleteAnswer, and what `MailVisits.message` raises.
    """
    taken: list[Enclosure] = []
    before = 0
    for file in files:
        try:
            enclosure, size = await _fetch_file(visits, account, file, before, allowed)
        except (MessageNotFound, MessageMoved, FolderNotFound, PartNotFound) as error:
            raise ReferenceNotFound(error.message) from error
        before += size
        taken.append(enclosure)
    return tuple(taken)


async def _fetch_file(
    visits: MailVisits, account: str, file: TakenFile, before: int, allowed: TimeAllowed
) -> tuple[Enclosure, int]:
    """Return a file, and its size as transferred."""
    try:
        id_ = read_attachment_id(file.attachment)
    except NotAnId as error:
        raise InvalidId(str(error)) from error
    async with visits.message(account, MessageId(id_.number, id_.uid), allowed) as at:
        data = await fetch_one(at, ("BODYSTRUCTURE",))
        if data.body is None:
            raise IncompleteAnswer("The mail server did not tell the structure of the referenced message. Try later")
        part = next((each for each in data.body.walk() if each.section == id_.section), None)
        if part is None or part.type == "multipart":
            raise PartNotFound(f"The message has no part {id_.section} that can be taken over")
        content = (await fetch_parts(at, [part], before))[part.section]
    found = await aside(len(content) // OCTETS_PER_ITEM, lambda: enclosure_of(part, content))
    return _as_asked(found, file), len(content)


def _as_asked(found: Enclosure, file: TakenFile) -> Enclosure:
    """Return the file as the caller wants it called. Without that, it is a file of the new message like any other."""
    return replace(
        found,
        content_type=file.content_type or found.content_type,
        filename=file.filename or found.filename,
        disposition=file.disposition,
        cid=file.cid,
    )
