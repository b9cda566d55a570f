"""Reads one message, or its text, for callers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.store import Store
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.contents import ALL_HEADERS, all_headers, has_structure
from postroom.mail.ids import MessageId, NotAnId, TextId, read_text_id
from postroom.mail.limits import MOST_TEXT_PARTS
from postroom.mail.message import detail_items, message_object, text_parts
from postroom.mail.shapes import MessageObject, TextObject
from postroom.mailboxes.failures import IncompleteAnswer, InvalidId, PartNotFound
from postroom.mailboxes.reading.texts import TextParts, read_text
from postroom.mailboxes.reading.wishes import MessageWish, TextWish
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits

__all__ = ["Messages"]

_SEEN: Final = "\\Seen"
_STRUCTURE: Final = ("UID", "RFC822.SIZE", "BODYSTRUCTURE")


@dataclass(frozen=True, slots=True)
class Messages:
    """Reads one message, or its text, for callers."""

    visits: MailVisits

    async def read(self, account: str, id_: str, wish: MessageWish, allowed: TimeAllowed) -> MessageObject:
        r"""Return a message with its headers, and its text if the caller wants it.

        Nothing but `marks_seen` sets \Seen. Raises what `MailVisits.message` raises, and IncompleteAnswer when the
        server leaves out something of a message that is there.
        """
        async with self.visits.message(account, id_, allowed, writes=wish.marks_seen) as at:
            data = await _details(at)
            parts: TextParts = {} if data.body is None else text_parts(data.body)
            text = None if wish.text is None else await _text(at, data, parts, wish.text)
            if wish.marks_seen:
                data = await _mark_seen(at, data)
            message = _shown(at, data, text)
            await mark_threads(self.visits.db, at.folder, [message])
        return message

    async def text(self, account: str, id_: str, wish: TextWish, allowed: TimeAllowed) -> TextObject:
        """Return the text with this id. Raises what `read` raises, and PartNotFound without such a part."""
        text_id = _read_id(id_)
        async with self.visits.message(account, MessageId(text_id.number, text_id.uid), allowed) as at:
            data = await fetch_one(at, _STRUCTURE)
            if data.body is None and data.size is None:
                raise _untold()
            parts = _parts(data, text_id) if has_structure(data) else {}
            return await _text(at, data, parts, wish)


def _read_id(id_: str) -> TextId:
    try:
        return read_text_id(id_)
    except NotAnId as error:
        raise InvalidId(str(error)) from error


def _parts(data: FetchData, text_id: TextId) -> TextParts:
    """Return the parts that a text id names, by kind. Raises PartNotFound."""
    texts = [part for part in data.body.walk() if part.type == "text"] if data.body is not None else []
    by_section = {part.section: part for part in texts if part.subtype in ("plain", "html")}
    found: Sequence[BodyPart] = [by_section[each] for each in text_id.sections if each in by_section]
    missing = [each for each in text_id.sections if each not in by_section]
    if missing:
        raise PartNotFound(f"The message has no text part {missing[0]}")
    return {kind: [part for part in found if part.subtype == kind] for kind in ("plain", "html")}


async def _text(at: AtMessage, data: FetchData, parts: TextParts, wish: TextWish) -> TextObject:
    text = await read_text(at, data, parts, wish)
    if data.body is not None and len(data.body.text_parts()) > MOST_TEXT_PARTS:
        text["hasMore"] = True
    return text


async def _details(at: AtMessage) -> FetchData:
    data = await fetch_one(at, (*detail_items(at.folder.capabilities), ALL_HEADERS))
    if data.size is None and data.body is None and data.envelope is None:
        raise _untold()
    if all_headers(data) is None and data.size != 0:
        raise IncompleteAnswer("The mail server did not give the headers of the message. Try again later")
    return data


def _untold() -> IncompleteAnswer:
    return IncompleteAnswer("The message is there, but the mail server told nothing about it. Try again later")


async def _mark_seen(at: AtMessage, data: FetchData) -> FetchData:
    """Set the flag, and return the message with the flags that it has now."""
    flags = data.flags or frozenset()
    if _SEEN in flags:
        return data
    stored = await at.folder.run(Store(UidSet.from_iterable((at.uid,)), "+", [_SEEN]))
    told = [each.flags for each in stored.messages if each.uid == at.uid and each.flags is not None]
    return replace(data, flags=told[-1] if told else flags | {_SEEN})


def _shown(at: AtMessage, data: FetchData, text: TextObject | None) -> MessageObject:
    folder = at.folder
    message = message_object(folder.number, folder.path, data)
    message["headers"] = all_headers(data) or {}
    if folder.role is not None:
        message["specialUse"] = folder.role
    if text is not None:
        message["text"] = {**message.get("text", {}), **text}
    return message
