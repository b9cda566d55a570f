"""Adds messages to folders for callers (APPEND)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.folders.hints import hint
from postroom.mail.composing.compose import compose, new_message_id
from postroom.mail.composing.draft import Correspondent, Draft, Stamp
from postroom.mail.composing.originals import ReadOriginal
from postroom.mail.composing.raw import with_message_id
from postroom.mail.composing.replying import answering
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import FolderNotFound, MessageMoved, MessageNotFound, ReferenceNotFound
from postroom.mailboxes.uploading.original import fetch_original
from postroom.mailboxes.uploading.parts import fetch_files
from postroom.mailboxes.uploading.storing import store
from postroom.mailboxes.uploading.upload import Referred, ReferredTo, Upload, Uploaded
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.tasks import aside

__all__ = ["Uploads"]

_OCTETS_PER_ITEM = 100
"""Octets that are encoded in about a microsecond."""

_CHARACTERS_PER_ITEM = 2
"""Characters of header fields that are written in about a microsecond."""


def _random() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Uploads:
    """Adds messages to folders for callers (APPEND)."""

    visits: MailVisits
    clock: Callable[[], int] = now_ms
    random: Callable[[], str] = field(default=_random)

    async def add(self, account: str, upload: Upload, allowed: TimeAllowed) -> Uploaded:
        """Write the message, add it to its folder, and tell the sync to look there.

        Raises FolderNotFound, UploadFailed, InvalidId, ReferenceNotFound, ReferenceTooLarge, and what
        `MailVisits.session` raises.
        """
        own = await self.visits.db.read(partial(_own_address, account=account))
        octets, id_, referred = await self._written(account, upload, own, allowed)
        stored = await store(self.visits, account, upload, octets, id_, allowed)
        with suppress(StorageFailed):
            await self.visits.db.write(lambda conn: hint(conn, account, (stored.path,)))
        return Uploaded(stored, id_, referred)

    async def _written(
        self, account: str, upload: Upload, own: Correspondent, allowed: TimeAllowed
    ) -> tuple[bytes, str, Referred | None]:
        """Return the message, its Message-ID, and what became of the reference."""
        stamp = Stamp(datetime.fromtimestamp(self.clock() / 1000, UTC), self.random())
        raw = upload.raw
        if raw is not None:
            octets, id_ = await aside(
                len(raw) // _OCTETS_PER_ITEM, lambda: with_message_id(raw, new_message_id(own, stamp))
            )
            return octets, id_, None
        draft = upload.draft(own) if upload.draft is not None else Draft(own)
        referred = None
        if upload.reference is not None:
            draft, referred = await self._referring(account, draft, upload.reference, own, allowed)
        if upload.files:
            files = await fetch_files(self.visits, account, upload.files, allowed)
            draft = replace(draft, enclosures=(*draft.enclosures, *files))
        composed = await aside(_work(draft), lambda: compose(draft, stamp))
        return composed.octets, composed.message_id, referred

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
            return await fetch_original(at, reference)


def _work(draft: Draft) -> int:
    """Return about how many microseconds it takes to write a message. Header fields take longer than content."""
    content = sum(len(each.content) for each in draft.enclosures) + len(draft.text or "") + len(draft.html or "")
    people = (*draft.to, *draft.cc, *draft.bcc, *draft.reply_to)
    fields = sum(len(each.name) + len(each.address) for each in people) + sum(len(text) for _, text in draft.headers)
    return content // _OCTETS_PER_ITEM + (fields + len(draft.subject)) // _CHARACTERS_PER_ITEM


def _own_address(conn: sa.Connection, account: str) -> Correspondent:
    """Return the account's own address, which is the sender by default."""
    row = account_row(conn, account)
    return Correspondent(row.email or row.account, row.name)
