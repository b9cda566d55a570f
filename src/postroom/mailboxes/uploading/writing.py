"""Completes drafts with what they take from other messages of the account, for uploads and for sending."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Final

from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.compose import Composed, compose
from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.originals import ReadOriginal
from postroom.mail.composing.replying import answering
from postroom.mail.identity.message_ids import bare_id
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import FolderNotFound, MessageMoved, MessageNotFound, ReferenceNotFound
from postroom.mailboxes.uploading.original import fetch_original
from postroom.mailboxes.uploading.parts import fetch_files
from postroom.mailboxes.uploading.upload import Referred, ReferredTo, TakenFile
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.statements.connection import Connection
from postroom.tasks import aside

__all__ = ["OCTETS_PER_ITEM", "Writing", "composed", "effort", "own_address"]

OCTETS_PER_ITEM: Final = 100
"""Octets that are encoded in about a microsecond."""

_CHARACTERS_PER_ITEM: Final = 2
"""Characters of header fields that are written in about a microsecond."""


def _random() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes messages of accounts."""

    visits: MailVisits
    clock: Callable[[], int] = now_ms
    random: Callable[[], str] = field(default=_random)

    def stamp(self) -> Stamp:
        """Return what makes the next message unlike any other."""
        return Stamp(datetime.fromtimestamp(self.clock() / 1000, UTC), self.random())

    async def own(self, account: str) -> Correspondent:
        """Return the account's own address. Raises AccountNotFound."""
        return await self.visits.db.read(lambda conn: own_address(conn, account))

    async def completed(
        self,
        account: str,
        draft: Draft,
        own: Correspondent,
        allowed: TimeAllowed,
        *,
        reference: ReferredTo | None = None,
        files: Sequence[TakenFile] = (),
    ) -> tuple[Draft, Referred | None]:
        """Return the draft with what it takes from other messages, and what became of the reference.

        Raises InvalidId, ReferenceNotFound, ReferenceTooLarge, and what `MailVisits.message` raises.
        """
        referred = None
        if reference is not None:
            draft, referred = await self._referring(account, draft, reference, own, allowed)
        if files:
            taken = await fetch_files(self.visits, account, files, allowed)
            draft = replace(draft, enclosures=(*draft.enclosures, *taken))
        return draft, referred

    async def _referring(
        self, account: str, draft: Draft, reference: ReferredTo, own: Correspondent, allowed: TimeAllowed
    ) -> tuple[Draft, Referred]:
        """Return the draft with what it takes from the message that it answers or forwards."""
        try:
            found = await self._found(account, reference, allowed)
        except (MessageNotFound, MessageMoved, FolderNotFound) as error:
            if not reference.ignore_missing:
                raise ReferenceNotFound(error.message) from error
            return draft, Referred(reference.message, error.message)
        draft = answering(draft, found.original, reference.action, (own.address,), inline=reference.inline)
        return replace(draft, enclosures=(*draft.enclosures, *found.enclosures)), Referred(reference.message)

    async def _found(self, account: str, reference: ReferredTo, allowed: TimeAllowed) -> ReadOriginal:
        async with self.visits.message(account, reference.message, allowed) as at:
            found = await fetch_original(at, reference)
        if reference.message_id and bare_id(found.original.message_id) != bare_id(reference.message_id):
            raise MessageNotFound("The message at this id has another Message-ID than the request says")
        return found


async def composed(draft: Draft, stamp: Stamp) -> Composed:
    """Return the message that a draft describes. A large one is written beside the loop."""
    return await aside(effort(draft), lambda: compose(draft, stamp))


def own_address(conn: Connection, account: str) -> Correspondent:
    """Return the account's own address, which is the sender by default. Raises AccountNotFound."""
    row = account_row(conn, account)
    return Correspondent(row.email or row.account, row.name)


def effort(draft: Draft) -> int:
    """Return about how many microseconds it takes to write a message. Header fields take longer than content."""
    content = sum(len(each.content) for each in draft.enclosures) + len(draft.text or "") + len(draft.html or "")
    people = (*draft.to, *draft.cc, *draft.bcc, *draft.reply_to)
    fields = sum(len(each.name) + len(each.address) for each in people) + sum(len(text) for _, text in draft.headers)
    return content // OCTETS_PER_ITEM + (fields + len(draft.subject)) // _CHARACTERS_PER_ITEM
