"""Adds messages to folders for callers (APPEND)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field

from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.folders.hints import hint
from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.compose import new_message_id
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.composing.whole.raw import with_message_id
from postroom.mailboxes.uploading.storing import store
from postroom.mailboxes.uploading.upload import Referred, Upload, Uploaded
from postroom.mailboxes.uploading.writing import OCTETS_PER_ITEM, Writing, composed
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.tasks import aside

__all__ = ["Uploads"]


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
        writing = Writing(self.visits, self.clock, self.random)
        own = await writing.own(account)
        octets, id_, referred = await _written(writing, account, upload, own, allowed)
        stored = await store(self.visits, account, upload, octets, id_, allowed)
        with suppress(StorageFailed):
            await self.visits.db.write(lambda conn: hint(conn, account, (stored.path,)))
        return Uploaded(stored, id_, referred)


async def _written(
    writing: Writing, account: str, upload: Upload, own: Correspondent, allowed: TimeAllowed
) -> tuple[bytes, str, Referred | None]:
    """Return the message, its Message-ID, and what became of the reference."""
    stamp = writing.stamp()
    raw = upload.raw
    if raw is not None:
        octets, id_ = await aside(len(raw) // OCTETS_PER_ITEM, lambda: with_message_id(raw, new_message_id(own, stamp)))
        return octets, id_, None
    draft = upload.draft(own) if upload.draft is not None else Draft(own)
    draft, referred = await writing.completed(
        account, draft, own, allowed, reference=upload.reference, files=upload.files
    )
    done = await composed(draft, stamp)
    return done.octets, done.message_id, referred
