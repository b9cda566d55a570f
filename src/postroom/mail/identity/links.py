"""What links a message to others, from the answer to FETCH: its own name and the names it refers to. Pure.

A name is a 64-bit hash of a Message-ID, of an EMAILID (RFC 8474), or of an X-GM-MSGID. The subject is never a link.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL
from postroom.imap.responses import FetchData
from postroom.mail.identity.message_ids import bare_id, message_ids
from postroom.mail.mime.headers import read_headers

__all__ = [
    "LINK_FIELDS",
    "MOST_REFERENCES",
    "Links",
    "links_of",
    "name_of",
    "named_by_server",
    "own_name",
    "thread_name",
    "threaded_by_server",
]

MOST_REFERENCES: Final = 40
"""References that count: the first ones, and the last ones. Programs may write thousands."""

LINK_FIELDS: Final = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES)]<0.16384>"
"""The FETCH item for the links of a message without its ENVELOPE."""

_BITS: Final = 8


@dataclass(frozen=True, slots=True)
class Links:
    """What a message is called, and what it refers to.

    `name` is None for a message without a Message-ID. `size` is in octets, 0 when unknown. `thread` is the thread that
    the server puts it into. Without one, `chain` has the names it is linked with: the oldest first, its own last.
    """

    name: int | None
    size: int
    thread: int | None
    chain: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be known about the message later."""
        return self.name is None and self.thread is None and not self.chain


def links_of(data: FetchData) -> Links:
    """Return the links of a message, from what a FETCH told: ENVELOPE, header fields, and the server's own ids."""
    fields = _fields(data)
    thread = thread_name(data.thread_id or _decimal(data.gm_thrid))
    chain = () if thread is not None else _chain(data, fields)
    return Links(own_name(data, _first(fields.get("message-id", ()))), data.size or 0, thread, chain)


def own_name(data: FetchData, message_id: str | None = None) -> int | None:
    """Return the name of a message: by the server's own id if there is one, else by its Message-ID."""
    if data.email_id:
        return _hash(b"email", data.email_id)
    if data.gm_msgid is not None:
        return _hash(b"gmail", str(data.gm_msgid))
    return name_of(_message_id(data) or message_id)


def name_of(message_id: str | None) -> int | None:
    """Return the name for a Message-ID; None for none."""
    text = bare_id(message_id)
    return _hash(b"message", text) if text else None


def named_by_server(kind: str, value: str) -> int:
    """Return the name for an id of the server: `kind` is `email` or `gmail`."""
    return _hash(kind.encode(), value)


def thread_name(thread_id: str | None) -> int | None:
    """Return the name for a THREADID or an X-GM-THRID; None for none."""
    return _hash(b"thread", thread_id) if thread_id else None


def threaded_by_server(capabilities: frozenset[str]) -> bool:
    """Whether the server itself puts messages into threads and gives each message an id."""
    return "OBJECTID" in capabilities or GMAIL in capabilities


def _chain(data: FetchData, fields: dict[str, list[bytes]]) -> tuple[int, ...]:
    """Return the names that the message is linked with. A message id in two places counts once, at the first."""
    references = [each for value in fields.get("references", ()) for each in message_ids(_text(value))]
    half = MOST_REFERENCES // 2
    if len(references) > MOST_REFERENCES:
        references = [*references[:half], *references[-half:]]
    told = data.envelope.in_reply_to if data.envelope is not None else None
    parents = message_ids(told or _first(fields.get("in-reply-to", ())) or "")[:1]
    mine = bare_id(_message_id(data) or _first(fields.get("message-id", ())))
    named = [*references, *(each for each in parents if each not in references)]
    named = [each for each in named if each != mine]
    return tuple(dict.fromkeys(_hash(b"message", each) for each in (*named, mine) if each))


def _fields(data: FetchData) -> dict[str, list[bytes]]:
    block = next((value for key, value in data.sections.items() if key.startswith("HEADER") and value), None)
    return read_headers(block) if block else {}


def _message_id(data: FetchData) -> str | None:
    return data.envelope.message_id if data.envelope is not None else None


def _first(values: Iterable[bytes]) -> str | None:
    return next((_text(each) for each in values), None)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _decimal(value: int | None) -> str | None:
    return None if value is None else str(value)


def _hash(kind: bytes, text: str) -> int:
    """Return 64 bits as databases store them: signed, and never 0, which stands for no name."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BITS, person=kind).digest()
    return int.from_bytes(digest, "big", signed=True) or 1
