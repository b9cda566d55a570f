"""Fetches the message that a new one answers or forwards, with what is needed of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.composing.originals import REFERENCES, ReadOriginal, read_original
from postroom.mail.message import attachments, text_parts
from postroom.mailboxes.failures import IncompleteAnswer, ReferenceTooLarge
from postroom.mailboxes.uploading.upload import ReferredTo
from postroom.mailboxes.visit import AtMessage, fetch_one
from postroom.tasks import aside

__all__ = ["fetch_original"]

MOST_TAKEN: Final = 20 * 1024 * 1024
"""Octets, as transferred, of all the parts that are taken over from one message."""

_OCTETS_PER_ITEM: Final = 100


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
    contents = await _contents(at, wanted)
    size = sum(map(len, contents.values())) // _OCTETS_PER_ITEM
    return await aside(size, lambda: read_original(data, texts, files, contents))


async def _contents(at: AtMessage, parts: Sequence[BodyPart]) -> dict[str, bytes]:
    """Return the content of parts by section, as transferred. One part at a time, because they may be large."""
    if sum(part.size or 0 for part in parts) > MOST_TAKEN:
        raise ReferenceTooLarge(MOST_TAKEN)
    contents: dict[str, bytes] = {}
    for part in parts:
        data = await fetch_one(at, (f"BODY.PEEK[{part.section}]",), largest=part.size)
        content = data.sections.get(part.section)
        if content is None:
            raise IncompleteAnswer("The mail server left out a part of the referenced message. Try again later")
        contents[part.section] = content
        if sum(map(len, contents.values())) > MOST_TAKEN:
            raise ReferenceTooLarge(MOST_TAKEN)
    return contents
