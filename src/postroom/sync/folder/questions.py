"""The sync's questions about the selected folder: each is one call, and its answer is complete or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.capabilities import GMAIL
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags, normal_flags, normal_labels
from postroom.mail.identity.links import LINK_FIELDS, Links, links_of
from postroom.sync.folder.chunks import LABEL
from postroom.sync.folder.plan import search_day
from postroom.sync.folder.plausible import check_count, check_found
from postroom.sync.refusals import BACK_OFF
from postroom.sync.whole_answers import SET_OCTETS, Answers, Fetched

DETAILS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
# Messages per command that asks for flags: a few megabytes of answer at most.
WINDOW: Final = 5_000
# Large folders are searched in parts, because one answer may hold only `MOST_PARTS` numbers. The second limit is for
# folders whose UIDs lie far apart.
_SEARCHED_AT_ONCE: Final = 100_000
_MOST_SEARCHES: Final = 500
_NO_UIDS: Final = UidSet()


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes since a mod-sequence: flags by UID, vanished UIDs (None: not reported), the highest mod-sequence."""

    flags: dict[int, Flags]
    vanished: UidSet | None
    highestmodseq: int


@dataclass(frozen=True, slots=True)
class Items:
    """The FETCH items for each purpose. `threaded` says whether `identity` has the server's threads."""

    flags: tuple[str, ...]
    details: tuple[str, ...]
    identity: tuple[str, ...]
    threaded: bool


@cache
def _items(*, gmail: bool, names_messages: bool) -> Items:
    ids = ("EMAILID", "THREADID") if names_messages else ()
    google = ("X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS") if gmail else ()
    return Items(
        flags=("UID", "FLAGS", *google[2:]),
        details=(*DETAILS, *ids, *google),
        identity=("UID", "RFC822.SIZE", *ids, *google[:2]),
        threaded=gmail or names_messages,
    )


class Questions:
    """Asks on one connection, as patiently as `Answers`. Raises CommandFailed and ConnectionLost."""

    __slots__ = ("_answers", "_client", "_items", "_waited_in_vain")

    def __init__(self, client: ImapClient, back_off: tuple[float, ...] = BACK_OFF) -> None:
        self._client = client
        self._answers = Answers(client, back_off)
        self._waited_in_vain = False
        capabilities = client.capabilities
        self._items = _items(gmail=GMAIL in capabilities, names_messages="OBJECTID" in capabilities)

    @property
    def exists(self) -> int:
        """The number of messages in the selected folder, as last reported by the server."""
        return self._client.selected.exists if self._client.selected is not None else 0

    async def present(self, uidnext: int | None) -> UidSet:
        """Return the UIDs of all messages. The answer is complete, or an error is raised."""
        check_count(self.exists)
        if self.exists <= _SEARCHED_AT_ONCE or not uidnext:
            return self._plausible(await self._answers.search([b"ALL"]))
        return await self._in_parts(UidSet.beginning(1), uidnext)

    async def from_uid(self, first: int) -> UidSet:
        """Return the UIDs from `first` on."""
        check_count(self.exists)
        return await self._in_parts(UidSet.beginning(first), self._told_uidnext)

    async def since(self, notify_from: int) -> UidSet:
        """Return the UIDs of messages from that day on, and perhaps a few earlier ones."""
        criteria = words(b"SINCE", encode.date(search_day(notify_from).date()))
        if self.exists <= _SEARCHED_AT_ONCE:
            return self._plausible(await self._answers.search(criteria))
        return await self._in_parts(UidSet.beginning(1), self._told_uidnext, criteria)

    @property
    def _told_uidnext(self) -> int | None:
        return self._client.selected.uidnext if self._client.selected is not None else None

    async def _in_parts(self, wanted: UidSet, uidnext: int | None, criteria: Chunks | None = None) -> UidSet:
        """Return the matching UIDs of one range, searched in enough parts to keep each answer short."""
        parts = _parts(wanted, uidnext if self.exists > _SEARCHED_AT_ONCE else None)
        return self._plausible(UidSet.joined([await self._answers.there(part, criteria) for part in parts]))

    def _plausible(self, found: UidSet) -> UidSet:
        check_found(found, self.exists)
        return found

    async def uids_of(self, numbers: UidSet) -> UidSet:
        """Return the UIDs of the messages that have these sequence numbers now."""
        found = UidSet()
        for part in numbers.chunks(SET_OCTETS):
            found |= await self._answers.search([part.to_string().encode("ascii")])
        return self._plausible(found)

    async def flags(self, uids: UidSet, *, even_untold: bool = False, expected: UidSet = _NO_UIDS) -> dict[int, Flags]:
        """Return the flags of those messages that exist.

        With `even_untold`, a message without FLAGS in the answer counts as one without flags. If messages in `expected`
        exist but do not come, they are asked for again.
        """
        told = await self._flags_once(uids, even_untold=even_untold)
        for seconds in (0.0, *self._answers.back_off[:2]):
            left = expected - UidSet.from_iterable(told)
            left = await self._answers.there(left) if left else left
            if not left or self._waited_in_vain:
                return told
            await asyncio.sleep(seconds)
            told |= await self._flags_once(left, even_untold=even_untold)
        # This holds for all windows: messages that did not come are asked for only at the next reading.
        self._waited_in_vain = bool(expected - UidSet.from_iterable(told))
        return told

    async def _flags_once(self, uids: UidSet, *, even_untold: bool) -> dict[int, Flags]:
        def is_told(data: FetchData) -> bool:
            return even_untold or data.flags is not None

        messages = _whole(await self._answers.fetch(uids, self._items.flags, _has_flags))
        return {uid: flags_of(each) for uid, each in messages.items() if is_told(each)}

    async def flags_and_dates(self, uids: UidSet) -> tuple[dict[int, Flags], dict[int, datetime | None]]:
        """Return the flags of those messages that exist, and when the server received each."""
        messages = _whole(await self._answers.fetch(uids, (*self._items.flags, "INTERNALDATE"), _has_flags))
        return (
            {uid: flags_of(each) for uid, each in messages.items()},
            {uid: each.internal_date for uid, each in messages.items()},
        )

    async def changes(self, uids: UidSet, since: int, *, vanished: bool) -> Delta:
        """Return the changes since a mod-sequence; `vanished` needs QRESYNC enabled."""
        items = (*self._items.flags, "MODSEQ")
        fetched = await self._answers.run(lambda: Fetch(uids, items, changed_since=since, vanished=vanished))
        told = {each.uid: flags_of(each) for each in fetched.messages if each.uid and each.flags is not None}
        highest = max((each.modseq or 0 for each in fetched.messages), default=0)
        return Delta(told, fetched.vanished, highest)

    async def details(self, uids: UidSet, *more: str, spare: tuple[str, ...] = ()) -> Fetched:
        """Return the details that events need. Some messages may be absent, even when the answer was not cut off.

        `more` are further FETCH items, and `spare` are some that may be missing.
        """
        return await self._answers.fetch(uids, (*self._items.details, *more), _has_details, spare=spare)

    async def links(self, uids: UidSet) -> dict[int, Links]:
        """Return what links those messages that exist to others. The server's own threads need no header fields."""
        told: dict[int, FetchData] = {}
        if self._items.threaded:
            told = _whole(await self._answers.fetch(_span(uids), self._items.identity, _has_size))
        rest = uids - UidSet.from_iterable(uid for uid, each in told.items() if each.thread_id or each.gm_thrid)
        if rest and (not self._items.threaded or any(uid in rest for uid in told)):
            told |= _whole(await self._answers.fetch(_span(rest), (*self._items.identity, LINK_FIELDS), _has_size))
        return {uid: links_of(each) for uid, each in told.items() if uid in uids}

    async def sections(
        self, uids: UidSet, items: tuple[str, ...], largest: int | None = None
    ) -> dict[int, dict[str, bytes | None]]:
        """Return sections of messages by UID; a message is absent if the server refuses its sections.

        `largest` is the size in octets of the largest section that has no limit of its own.
        """

        def has_all(data: FetchData) -> bool:
            return len(data.sections) >= len(items)

        messages = _whole(await self._answers.fetch(uids, ("UID", *items), has_all, largest=largest))
        return {uid: dict(each.sections) for uid, each in messages.items()}


def _parts(wanted: UidSet, uidnext: int | None) -> Iterator[UidSet]:
    """Yield a range in equal parts up to `uidnext`. The rest is one part; without `uidnext`, the whole range is."""
    first = wanted.min or 1
    if uidnext is None or uidnext <= first:
        yield wanted
        return
    width = max(_SEARCHED_AT_ONCE, (uidnext - first) // _MOST_SEARCHES + 1)
    for begin in range(first, uidnext, width):
        yield UidSet.beginning(begin, min(begin + width, uidnext) - 1)
    yield UidSet.beginning(uidnext)


def _whole(fetched: Fetched) -> dict[int, FetchData]:
    if fetched.cut_off is not None:
        raise fetched.cut_off
    return fetched.messages


def _span(uids: UidSet) -> UidSet:
    """Return one range from the first to the last UID: it is short to write. The caller leaves out what is between."""
    return UidSet([(uids.min or 1, uids.max or 1)])


def _has_size(data: FetchData) -> bool:
    return data.size is not None


def _has_flags(data: FetchData) -> bool:
    return data.flags is not None


def _has_details(data: FetchData) -> bool:
    return data.flags is not None and data.envelope is not None


def flags_of(data: FetchData) -> Flags:
    """Return the flags of a message in their stored form, including Gmail's labels."""
    flags = normal_flags(data.flags or ())
    if not data.gm_labels:
        return flags
    return flags | {f"{LABEL}{label}" for label in normal_labels(data.gm_labels)}
