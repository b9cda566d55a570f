"""Fetches the message that a new one answers or forwards, with what is needed of it."""

from __future__ import annotations

from postroom.mail.composing.originals import REFERENCES, ReadOriginal, read_original
from postroom.mail.message import attachments, text_parts
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.uploading.parts import OCTETS_PER_ITEM, fetch_parts
from postroom.mailboxes.uploading.upload import ReferredTo
from postroom.mailboxes.visit import AtMessage, fetch_one
from postroom.tasks import aside

__all__ = ["fetch_original"]


async def fetch_original(at: AtMessage, reference: ReferredTo) -> ReadOriginal:
    """Return the message and what the reference needs of it.

    Raises MessageNotFound, ReferenceTooLarge, IncompleteAnswer, ServerRefused and SessionFailed.
    """
    needs_parts = reference.inline or reference.with_attachments
    items = ("ENVELOPE", f"BODY.PEEK[{REFERENCES}]", *(("BODYSTRUCTURE",) if needs_parts else ()))
    data = await fetch_one(at, items)
    if not needs_parts:
        return read_original(data)
    if data.body is None:
        raise IncompleteAnswer("The mail server did not tell the structure of the referenced message. Try again later")
    texts = text_parts(data.body) if reference.inline else {}
    files = attachments(data.body) if reference.with_attachments else ()
    wanted = [*(part for parts in texts.values() for part in parts), *files]
    contents = await fetch_parts(at, wanted)
    size = sum(map(len, contents.values())) // OCTETS_PER_ITEM
    return await aside(size, lambda: read_original(data, texts, files, contents))
