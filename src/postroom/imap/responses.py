"""The server's responses, one dataclass for each kind (RFC 3501 section 7, RFC 9051 section 7).

`parse_response` in parse.py makes them. A value that the server left out or garbled is None or empty here, so each
reader decides what a missing value means.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.imap.parsing.envelope import Envelope
from postroom.imap.sets import UidSet

Status: TypeAlias = Literal["OK", "NO", "BAD", "BYE", "PREAUTH"]


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """The bracketed code of a status response, name in upper case.

    `arguments` depend on the name:
    CAPABILITY: (str, ...) in upper case. UIDVALIDITY, UIDNEXT, UNSEEN, HIGHESTMODSEQ: (int,).
    APPENDUID: (uidvalidity, UidSet). COPYUID: (uidvalidity, source UidSet, destination UidSet), paired in order.
    MODIFIED: (UidSet,). PERMANENTFLAGS, BADCHARSET, MAILBOXID: (str, ...). Any other code: (raw text,).
    Empty when the server gave no arguments, or none that can be trusted.
    """

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusResponse:
    """OK, NO, BAD, BYE or PREAUTH; `tag` is None when untagged."""

    tag: str | None
    status: Status
    code: ResponseCode | None
    text: str


@dataclass(frozen=True, slots=True)
class ContinuationRequest:
    """`+`: the server waits for the rest of a command. `text` is a SASL challenge or a remark, undecoded."""

    text: bytes


@dataclass(frozen=True, slots=True)
class CapabilityData:
    """CAPABILITY; names in upper case."""

    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class EnabledData:
    """ENABLED (RFC 5161); names in upper case."""

    extensions: frozenset[str]


@dataclass(frozen=True, slots=True)
class FlagsData:
    """FLAGS: the flags that can be used in the selected mailbox."""

    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class ListData:
    r"""LIST, LSUB or XLIST: one mailbox.

    `attributes` have the RFC's spelling (`\Noselect`), whatever case the server used. `name` is decoded for people;
    `raw_name` is what the server sent and expects back. `delimiter` is None when the name is flat.
    """

    attributes: frozenset[str]
    delimiter: str | None
    name: str
    raw_name: bytes
    lsub: bool = False
    old_name: str | None = None
    childinfo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusData:
    """STATUS: counters of one mailbox by upper-case name (MESSAGES, UIDNEXT, UIDVALIDITY, UNSEEN, SIZE, ...)."""

    name: str
    items: dict[str, int]
    mailbox_id: str | None = None
    raw_name: bytes = b""


@dataclass(frozen=True, slots=True)
class SearchData:
    """SEARCH or SORT: message numbers, or UIDs after UID SEARCH. Impossible numbers are left out."""

    numbers: UidSet
    modseq: int | None = None


@dataclass(frozen=True, slots=True)
class EsearchData:
    """ESEARCH (RFC 4731). `tag` names the command it answers; `uid` says that the numbers are UIDs.

    `mailbox` (decoded) and `uidvalidity` say where the messages are when several mailboxes were searched (RFC 7377).
    """

    tag: str | None
    uid: bool
    min: int | None = None
    max: int | None = None
    count: int | None = None
    modseq: int | None = None
    all: UidSet | None = None
    mailbox: str | None = None
    uidvalidity: int | None = None


@dataclass(frozen=True, slots=True)
class ExistsData:
    """EXISTS: how many messages the selected mailbox holds now."""

    count: int


@dataclass(frozen=True, slots=True)
class RecentData:
    """RECENT, which IMAP4rev2 no longer has."""

    count: int


@dataclass(frozen=True, slots=True)
class ExpungeData:
    """EXPUNGE: the message with this sequence number is gone, and all later ones move down by one."""

    seq: int


@dataclass(frozen=True, slots=True)
class VanishedData:
    """VANISHED (RFC 7162). With `earlier`, the UIDs were expunged before, so no sequence number changes now."""

    earlier: bool
    uids: UidSet


# Not frozen, because a frozen dataclass takes twice as long to make. Nobody changes it.
@dataclass(slots=True)
class FetchData:
    """FETCH: what the server told of one message. A field is None when the value is missing or illegible.

    `internal_date` is aware (UTC when the zone was missing). `size` is in octets. `sections` holds the content of
    BODY[...]; its keys are the text between the brackets in upper case, with `<origin>` when partial: '' for the whole
    message, 'HEADER', '1.2.TEXT', 'HEADER.FIELDS (DATE FROM)', 'TEXT<0>'. RFC822, RFC822.HEADER and RFC822.TEXT have
    the keys of the BODY sections they equal. `binary` holds BINARY[...] (RFC 3516) under the same kind of keys. A
    section is None when the server answered NIL. `extra` has every other attribute by its upper-case name: its bytes,
    or None for NIL and for a list.
    """

    seq: int
    uid: int | None = None
    flags: frozenset[str] | None = None
    internal_date: datetime | None = None
    size: int | None = None
    envelope: Envelope | None = None
    body: BodyPart | None = None
    modseq: int | None = None
    sections: dict[str, bytes | None] = field(default_factory=dict)
    binary: dict[str, bytes | None] = field(default_factory=dict)
    email_id: str | None = None
    thread_id: str | None = None
    gm_msgid: int | None = None
    gm_thrid: int | None = None
    gm_labels: tuple[str, ...] | None = None
    extra: dict[str, bytes | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace (RFC 2342): the decoded prefix, and the delimiter, which is None when the namespace is flat."""

    prefix: str
    delimiter: str | None


@dataclass(frozen=True, slots=True)
class NamespaceData:
    """NAMESPACE; a kind of namespace that is NIL has an empty tuple."""

    personal: tuple[Namespace, ...]
    other: tuple[Namespace, ...]
    shared: tuple[Namespace, ...]


@dataclass(frozen=True, slots=True)
class IdData:
    """ID (RFC 2971): how the server identifies itself, keys in lower case; None for NIL."""

    params: dict[str, str | None] | None


@dataclass(frozen=True, slots=True)
class QuotaData:
    """QUOTA (RFC 9208): (usage, limit) by upper-case resource name; STORAGE counts units of 1,024 octets."""

    root: str
    resources: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class QuotaRootData:
    """QUOTAROOT (RFC 9208): the quota roots a mailbox counts against."""

    name: str
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownData:
    """Any other response; `label` is the upper-case keyword of an untagged response.

    A line that is not IMAP at all ("Server Unavailable.") has the label "". `raw` is the whole response without
    literals and without its line end.
    """

    label: str
    raw: bytes


Response: TypeAlias = (
    StatusResponse
    | ContinuationRequest
    | CapabilityData
    | EnabledData
    | FlagsData
    | ListData
    | StatusData
    | SearchData
    | EsearchData
    | ExistsData
    | RecentData
    | ExpungeData
    | VanishedData
    | FetchData
    | NamespaceData
    | IdData
    | QuotaData
    | QuotaRootData
    | UnknownData
)
