"""Streams attachments and message sources to callers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.ids import AttachmentId, MessageId, NotAnId, read_attachment_id
from postroom.mailboxes.downloads.content import IrregularContent
from postroom.mailboxes.downloads.lengths import Lengths
from postroom.mailboxes.downloads.named import Named, named_part, named_source
from postroom.mailboxes.downloads.opened import OpenContent, open_content
from postroom.mailboxes.failures import InvalidId
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits

__all__ = ["Downloads"]

_VERSION: Final = 1
"""Part of each tag. A change that decodes anything to other octets must count it up."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Streams attachments and message sources to callers."""

    visits: MailVisits
    lengths: Lengths = field(default_factory=Lengths, init=False)

    @asynccontextmanager
    async def attachment(
        self, account: str, id_: str, allowed: TimeAllowed, *, partly: bool = False
    ) -> AsyncIterator[OpenContent]:
        """Open a part of a message for the block. `partly`: probably not all of it is wanted.

        Raises what `MailVisits.message` raises, PartNotFound, IncompleteAnswer, ServerRefused.
        """
        part = _read_id(id_)
        async with self.visits.message(account, MessageId(part.number, part.uid), allowed) as at:
            named = named_part(await fetch_one(at, ("UID", "BODYSTRUCTURE")), part.section)
            async with self._open(at, named, partly=partly) as opened:
                yield opened

    @asynccontextmanager
    async def source(
        self, account: str, id_: str, allowed: TimeAllowed, *, partly: bool = False
    ) -> AsyncIterator[OpenContent]:
        """Open a message as it is for the block. Raises what `attachment` raises."""
        async with self.visits.message(account, id_, allowed) as at:
            named = named_source(await fetch_one(at, ("UID", "RFC822.SIZE")), f"{id_}.eml")
            async with self._open(at, named, partly=partly) as opened:
                yield opened

    @asynccontextmanager
    async def _open(self, at: AtMessage, named: Named, *, partly: bool) -> AsyncIterator[OpenContent]:
        tag = _tag(at, named)
        try:
            yield await open_content(at, named, tag, self.lengths, partly=partly)
        except IrregularContent:
            # The next download is chunked, and counts.
            self.lengths.note(tag, None)
            raise


def _read_id(text: str) -> AttachmentId:
    try:
        return read_attachment_id(text)
    except NotAnId as error:
        raise InvalidId(str(error)) from error


def _tag(at: AtMessage, named: Named) -> str:
    """Return what stands for this content for ever: account, folder in this numbering, message, part."""
    folder = at.folder
    numbers = (_VERSION, folder.visit.key, folder.number, folder.opened.uidvalidity or 0, at.uid)
    return ".".join([*(f"{number:x}" for number in numbers), named.section or "source"])
