"""The questions the sync asks about the selected folder, each in one call, with answers that are whole or an error."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.flags import Flags, normal_flags, normal_labels
from postroom.sync.folder.chunks import LABEL
from postroom.sync.folder.plan import search_day
from postroom.sync.folder.plausible import check_count, check_found
from postroom.sync.refusals import BACK_OFF
from postroom.sync.whole_answers import SET_OCTETS, Answers, Fetched

DETAILS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
# Messages whose flags one command asks for: a few megabytes of answer at most.
WINDOW: Final = 5_000
# Large folders are searched in parts, for an answer holds no more than `MOST_PARTS` numbers. Where UIDs lie far apart
# there are no more parts than that.
_SEARCHED_AT_ONCE: Final = 100_000
_MOST_SEARCHES: Final = 500
_NO_UIDS: Final = UidSet()


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since a modification sequence: flags by UID, what vanished (None: not told), the highest number."""

    flags: dict[int, Flags]
    vanished: UidSet | None
    highestmodseq: int


class Questions:
    """Asks on one connection. Raises CommandFailed, after as much patience as `Answers` has, and ConnectionLost."""

    __slots__ = ("_answers", "_client", "_details", "_flags", "_waited_in_vain")

    def __init__(self, client: ImapClient, back_off: tuple[float, ...] = BACK_OFF) -> None:
        self._client = client
        self._answers = Answers(client, back_off)
        self._waited_in_vain = False
        gmail = "X-GM-EXT-1" in client.capabilities
        ids = ("EMAILID", "THREADID") if "OBJECTID" in client.capabilities else ()
        google = ("X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS") if gmail else ()
        self._flags = ("UID", "FLAGS", "X-GM-LABELS") if gmail else ("UID", "FLAGS")
        self._details = (*DETAILS, *ids, *google)

    @property
    def exists(self) -> int:
        """How many messages the selected folder holds now, as far as the server has told."""
        return self._client.selected.exists if self._client.selected is not None else 0

    async def present(self, uidnext: int | None) -> UidSet:
        """Return the UIDs of all messages. The answer is whole, or there is an error."""
        check_count(self.exists)
        if self.exists <= _SEARCHED_AT_ONCE or not uidnext:
            return self._plausible(await self._answers.search([b"ALL"]))
        return await self._in_parts(UidSet.beginning(1), uidnext)

    async def from_uid(self, first: int) -> UidSet:
        """Return the UIDs from `first` on."""
        check_count(self.exists)
        return await self._in_parts(UidSet.beginning(first), self._told_uidnext)

    async def since(self, notify_from: int) -> UidSet:
        """Return the UIDs of messages of that day or later, and maybe a few earlier ones."""
        criteria = words(b"SINCE", encode.date(search_day(notify_from).date()))
        if self.exists <= _SEARCHED_AT_ONCE:
            return self._plausible(await self._answers.search(criteria))
        return await self._in_parts(UidSet.beginning(1), self._told_uidnext, criteria)

    @property
    def _told_uidnext(self) -> int | None:
        return self._client.selected.uidnext if self._client.selected is not None else None

    async def _in_parts(self, wanted: UidSet, uidnext: int | None, criteria: Chunks | None = None) -> UidSet:
        """The UIDs of messages in one range that fit, asked for in so many parts that each answer is short."""
        parts = _parts(wanted, uidnext if self.exists > _SEARCHED_AT_ONCE else None)
        return self._plausible(UidSet.joined([await self._answers.there(part, criteria) for part in parts]))

    def _plausible(self, found: UidSet) -> UidSet:
        check_found(found, self.exists)
        return found

    async def uids_of(self, numbers: UidSet) -> UidSet:
        """Return the UIDs that these sequence numbers have now."""
        found = UidSet()
        for part in numbers.chunks(SET_OCTETS):
            found |= await self._answers.search([part.to_string().encode("ascii")])
        return self._plausible(found)

    async def flags(self, uids: UidSet, *, even_untold: bool = False, expected: UidSet = _NO_UIDS) -> dict[int, Flags]:
        """Return the flags of messages, as far as they are there.

        `even_untold` counts a message whose flags the server keeps to itself as one without flags. What is missing of
        the `expected` messages, and is there, is asked for again.
        """
        told = await self._flags_once(uids, even_untold=even_untold)
        for seconds in (0.0, *self._answers.back_off[:2]):
            left = expected - UidSet.from_iterable(told)
            left = await self._answers.there(left) if left else left
            if not left or self._waited_in_vain:
                return told
            await asyncio.sleep(seconds)
            told |= await self._flags_once(left, even_untold=even_untold)
        # Once for all windows: what does not come is asked for with the next reading.
        self._waited_in_vain = bool(expected - UidSet.from_iterable(told))
        return told

    async def _flags_once(self, uids: UidSet, *, even_untold: bool) -> dict[int, Flags]:
        def is_told(data: FetchData) -> bool:
            return even_untold or data.flags is not None

        messages = _whole(await self._answers.fetch(uids, self._flags, _has_flags))
        return {uid: flags_of(each) for uid, each in messages.items() if is_told(each)}

    async def flags_and_dates(self, uids: UidSet) -> tuple[dict[int, Flags], dict[int, datetime | None]]:
        """Return the flags of messages, as far as they are there, and when the server received each."""
        messages = _whole(await self._answers.fetch(uids, (*self._flags, "INTERNALDATE"), _has_flags))
        return (
            {uid: flags_of(each) for uid, each in messages.items()},
            {uid: each.internal_date for uid, each in messages.items()},
        )

    async def changes(self, uids: UidSet, since: int, *, vanished: bool) -> Delta:
        """Return what changed since a modification sequence; `vanished` needs QRESYNC enabled."""
        items = (*self._flags, "MODSEQ")
        fetched = await self._answers.run(lambda: Fetch(uids, items, changed_since=since, vanished=vanished))
        told = {each.uid: flags_of(each) for each in fetched.messages if each.uid and each.flags is not None}
        highest = max((each.modseq or 0 for each in fetched.messages), default=0)
        return Delta(told, fetched.vanished, highest)

    async def details(self, uids: UidSet, *more: str) -> Fetched:
        """Return what events tell of messages. It need not hold every message asked for, also where it is not cut off.

        `more` are further FETCH items.
        """
        return await self._answers.fetch(uids, (*self._details, *more), _has_details)

    async def sections(
        self, uids: UidSet, items: tuple[str, ...], largest: int | None = None
    ) -> dict[int, dict[str, bytes | None]]:
        """Return sections of messages by UID; nothing of a message whose sections the server refuses to give.

        `largest` are the octets of the largest section without a limit of its own.
        """

        def has_all(data: FetchData) -> bool:
            return len(data.sections) >= len(items)

        messages = _whole(await self._answers.fetch(uids, ("UID", *items), has_all, largest=largest))
        return {uid: dict(each.sections) for uid, each in messages.items()}


def _parts(wanted: UidSet, uidnext: int | None) -> Iterator[UidSet]:
    """A range cut at even distances up to `uidnext`; what is behind that is one part, as all is without it."""
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


def _has_flags(data: FetchData) -> bool:
    return data.flags is not None


def _has_details(data: FetchData) -> bool:
    return data.flags is not None and data.envelope is not None


def flags_of(data: FetchData) -> Flags:
    """Return the flags of a message as they are stored, Gmail's labels among them."""
    flags = normal_flags(data.flags or ())
    if not data.gm_labels:
        return flags
    return flags | {f"{LABEL}{label}" for label in normal_labels(data.gm_labels)}
