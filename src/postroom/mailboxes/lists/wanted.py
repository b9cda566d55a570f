"""Which members of a message a list shows, and what to ask the mail server for them. Pure."""

from __future__ import annotations

from typing import Final, cast

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.responses import FetchData
from postroom.mail.message import message_object
from postroom.mail.shapes import MEMBERS, MessageObject

__all__ = ["EVERYTHING", "WantedMembers"]

_FLAGS: Final = ("flags", "unseen", "flagged", "answered", "draft")
_ENVELOPE: Final = ("subject", "from", "sender", "replyTo", "to", "cc", "bcc", "messageId", "inReplyTo")
_ITEMS: Final = {
    **dict.fromkeys(_FLAGS, "FLAGS"),
    **dict.fromkeys(_ENVELOPE, "ENVELOPE"),
    **dict.fromkeys(("attachments", "text"), "BODYSTRUCTURE"),
    "date": "INTERNALDATE",
    "size": "RFC822.SIZE",
}
_WITHOUT_OBJECTS: Final = ("ENVELOPE", "RFC822.SIZE")
"""What a stable id is made of when the server's answer has no id of its own."""
_OBJECT_ITEMS: Final = {"stableId": "EMAILID", "emailId": "EMAILID", "threadId": "THREADID"}
_GMAIL_ITEMS: Final = {
    "stableId": "X-GM-MSGID",
    "emailId": "X-GM-MSGID",
    "threadId": "X-GM-THRID",
    "labels": "X-GM-LABELS",
    "messageSpecialUse": "X-GM-LABELS",
}
_ITEM_ORDER: Final = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")


@dataclass(frozen=True, slots=True)
class WantedMembers:
    """The members to show, by name. `id` is always shown."""

    names: frozenset[str]

    def items(self, capabilities: frozenset[str]) -> tuple[str, ...]:
        """Return the FETCH items for them, with UID first."""
        needed = {_ITEMS[name] for name in self.names if name in _ITEMS}
        if "stableId" in self.names:
            needed |= {*_WITHOUT_OBJECTS}
        extra: list[str] = []
        if supports(capabilities, "OBJECTID"):
            extra += [item for name, item in _OBJECT_ITEMS.items() if name in self.names]
            # Flags and ids that are NIL would look like news of changed flags, and not like an answer.
            needed |= {"RFC822.SIZE"} if extra else set()
        if supports(capabilities, GMAIL):
            extra += [item for name, item in _GMAIL_ITEMS.items() if name in self.names]
        return ("UID", *(item for item in _ITEM_ORDER if item in needed), *dict.fromkeys(extra))

    def shown(self, number: int, path: str, data: FetchData) -> MessageObject:
        """Return the message object of a FETCH response with these members alone."""
        message = message_object(number, path, data)
        if self is EVERYTHING:
            return message
        kept = {name: value for name, value in message.items() if name in self.names or name == "id"}
        return cast("MessageObject", kept)


EVERYTHING: Final = WantedMembers(frozenset(MEMBERS))
