"""FETCH and UID FETCH (RFC 9051 section 6.4.5), with CHANGEDSINCE and VANISHED (RFC 7162)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from functools import lru_cache
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, uid_argument
from postroom.imap.commands.command import silent
from postroom.imap.errors import LocalProtocolError
from postroom.imap.limits import DEFAULT_LIMITS
from postroom.imap.responses import FetchData, Response, StatusResponse, VanishedData
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Fetch", "FetchNumbered", "FetchedLines", "octets_asked"]

_ITEM = re.compile(r"[\x20-\x7e]+")
_CONTENT = re.compile(r"(?:BODY|BINARY)(?:\.PEEK)?\[.*\](?:<\d+\.(\d+)>)?|RFC822(?:\.HEADER|\.TEXT)?", re.IGNORECASE)
_LIGHT_ITEMS: Final = frozenset({"UID", "FLAGS", "MODSEQ"})
"""Items that a server also sends unasked when another client changes a flag."""
_MOST_REMEMBERED: Final = 64
"""Questions whose form is remembered, because the same few are asked again and again."""


@dataclass(frozen=True, slots=True)
class FetchedLines:
    """The messages that `Fetch.take` has not handed out yet; `vanished` is None unless it was asked for.

    `some_gone` means that some messages had been expunged by another client (EXPUNGEISSUED, RFC 5530). The server may
    have made up their data (RFC 2180 section 4.1.3): Dovecot gives empty content and a date in 1970.
    """

    messages: tuple[FetchData, ...]
    vanished: UidSet | None
    some_gone: bool = False


@dataclass(slots=True, eq=False)
class Fetch:
    """Fetches items ("FLAGS", "ENVELOPE", "BODY.PEEK[HEADER]") of messages by UID.

    `changed_since` limits it to messages changed after that mod-sequence. `vanished` (with QRESYNC enabled) adds the
    UIDs expunged since. `largest` is the size in octets of the largest section that is asked for as a whole; None when
    unknown. `octets` is the most content asked for in one section; the connection drops what goes far beyond it.
    A driver that calls `take` after each portion of input never holds a whole mailbox.
    Messages outside `uids`, and flag changes by other clients, stay unsolicited events.
    """

    uids: UidSet
    items: tuple[str, ...]
    changed_since: int | None = None
    vanished: bool = False
    largest: int | None = None
    octets: int = field(default=0, init=False)
    _messages: list[FetchData] = field(default_factory=list, init=False, repr=False)
    _gone: UidSet | None = field(default=None, init=False)
    _light: bool = field(init=False)

    name = "UID FETCH"
    states = SELECTED_STATES
    claims = frozenset({"FETCH"})
    trigger = None

    def __post_init__(self) -> None:
        self._light = _is_light(self.items)
        self.octets = _most_octets(self.items, self.largest)

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        items = _encoded(self.items)
        modifier = b""
        if self.changed_since is not None:
            flag = b" VANISHED" if self.vanished else b""
            modifier = b" (CHANGEDSINCE %b%b)" % (encode.number(self.changed_since), flag)
        return [b"UID FETCH " + uid_argument(self.uids) + b" " + items + modifier]

    def accept(self, response: Response) -> bool:
        match response:
            case FetchData(uid=int(uid)) if uid in self.uids and (self._light or not _is_news(response)):
                self._messages.append(response)
            case VanishedData(earlier=True, uids=uids) if self.vanished:
                self._gone = uids if self._gone is None else self._gone | uids
            case _:
                return False
        return True

    continuation = silent

    def take(self) -> list[FetchData]:
        """The messages received since the last call; each is handed out once."""
        taken, self._messages = self._messages, []
        return taken

    def result(self, tagged: StatusResponse) -> FetchedLines:
        some_gone = tagged.code is not None and tagged.code.name == "EXPUNGEISSUED"
        return FetchedLines(tuple(self.take()), self._gone or UidSet() if self.vanished else None, some_gone)


@dataclass(slots=True, eq=False)
class FetchNumbered:
    """Fetches items of messages by sequence number; "UID" should be among them.

    Only right after the mailbox was opened, or after another command that reports no EXPUNGE (RFC 9051 section 7.5.1),
    are sequence numbers known to mean what the caller thinks. They do not change while this command runs.
    """

    numbers: UidSet
    items: tuple[str, ...]
    _messages: list[FetchData] = field(default_factory=list, init=False, repr=False)
    _light: bool = field(init=False)

    name = "FETCH"
    states = SELECTED_STATES
    claims = frozenset({"FETCH"})
    trigger = None

    def __post_init__(self) -> None:
        self._light = _is_light(self.items)

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"FETCH " + encode.uid_set(self.numbers) + b" " + _encoded(self.items)]

    def accept(self, response: Response) -> bool:
        if not isinstance(response, FetchData) or response.seq not in self.numbers:
            return False
        if not self._light and _is_news(response):
            return False
        self._messages.append(response)
        return True

    continuation = silent

    def result(self, tagged: StatusResponse) -> FetchedLines:
        some_gone = tagged.code is not None and tagged.code.name == "EXPUNGEISSUED"
        return FetchedLines(tuple(self._messages), None, some_gone)


def octets_asked(commands: Iterable[object]) -> int:
    """The most octets that any of the commands asks for in one section."""
    return max((each.octets for each in commands if isinstance(each, Fetch)), default=0)


@lru_cache(_MOST_REMEMBERED)
def _is_light(items: tuple[str, ...]) -> bool:
    return _LIGHT_ITEMS.issuperset(item.upper() for item in items)


@lru_cache(_MOST_REMEMBERED)
def _encoded(items: tuple[str, ...]) -> bytes:
    for item in items:
        if not _ITEM.fullmatch(item):
            raise LocalProtocolError(f"{item[:60]!r} is no FETCH item")
    return encode.parenthesized(item.encode("ascii") for item in items)


@lru_cache(_MOST_REMEMBERED)
def _most_octets(items: tuple[str, ...], whole: int | None) -> int:
    return max((_octets(item, whole) for item in items), default=0)


def _octets(item: str, whole: int | None) -> int:
    """The most octets of content that this item asks for."""
    found = _CONTENT.fullmatch(item)
    if found is None:
        return 0
    if found[1] is not None:
        return int(found[1])
    return DEFAULT_LIMITS.max_literal if whole is None else whole


def _is_news(data: FetchData) -> bool:
    """Whether the response has flags and nothing else, as a server sends it when another client changes them.

    A response in which every attribute was illegible has no flags either, so it counts as an answer.
    """
    if data.flags is None and data.modseq is None:
        return False
    values = (data.internal_date, data.size, data.envelope, data.body, data.email_id, data.thread_id)
    google = (data.gm_msgid, data.gm_thrid, data.gm_labels)
    told = any(value is not None for value in (*values, *google)) or data.sections or data.binary or data.extra
    return not told
