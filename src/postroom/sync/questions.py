"""The questions the sync asks about the selected folder, each in one call, with answers that are whole or an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postroom.connections.imap_client import ImapClient
from postroom.imap import encode
from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import uid_argument, words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.search import Search
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.sync.content import LABEL, Flags, normal_flags
from postroom.sync.plan import search_day

DETAILS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
# Messages whose flags one command asks for: a few megabytes of answer at most.
WINDOW: Final = 5_000
# Without ESEARCH every UID found costs several octets, so large folders are searched in parts.
_SEARCHED_AT_ONCE: Final = 100_000
_UIDS_AT_ONCE: Final = 200_000
# Long sets are cut into several commands; many servers take lines of 8,000 octets.
_SET_OCTETS: Final = 4000
# If so many messages of one batch are refused one by one, it is the server that fails, not the messages.
_REFUSALS_BORNE: Final = 20
_NOT_THE_MESSAGE: Final = frozenset(
    {"THROTTLED", "LIMIT", "OVERQUOTA", "INUSE", "EXPUNGEISSUED", "NOTIFICATIONOVERFLOW"}
)


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since a modification sequence: flags by UID, what vanished (None: not told), the highest number."""

    flags: dict[int, Flags]
    vanished: UidSet | None
    highestmodseq: int


class Questions:
    """Asks on one connection. Raises CommandFailed and ConnectionLost."""

    __slots__ = ("_client", "_details", "_flags")

    def __init__(self, client: ImapClient) -> None:
        self._client = client
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
        if supports(self._client.capabilities, "ESEARCH") or self.exists <= _SEARCHED_AT_ONCE or not uidnext:
            return (await self._client.run(Search())).uids or UidSet()
        found = UidSet()
        for first in range(1, uidnext, _UIDS_AT_ONCE):
            last = min(first + _UIDS_AT_ONCE, uidnext) - 1
            found |= await self._search_uids(UidSet([(first, last)]))
        return found | await self.from_uid(uidnext)

    async def from_uid(self, first: int) -> UidSet:
        """Return the UIDs from `first` on."""
        # A range that ends in * also holds the last message when that is below the range (RFC 3501 section 6.4.8).
        return await self._search_uids(UidSet([(first, MAX_NUMBER)])) & UidSet([(first, MAX_NUMBER)])

    async def since(self, notify_from: int) -> UidSet:
        """Return the UIDs of messages of that day or later, and maybe a few earlier ones."""
        criteria = words(b"SINCE", encode.date(search_day(notify_from).date()))
        return (await self._client.run(Search(criteria))).uids or UidSet()

    async def uids_of(self, numbers: UidSet) -> UidSet:
        """Return the UIDs that these sequence numbers have now."""
        found = UidSet()
        for part in numbers.chunks(_SET_OCTETS):
            found |= (await self._client.run(Search([part.to_string().encode("ascii")]))).uids or UidSet()
        return found

    async def flags(self, uids: UidSet, *, even_untold: bool = False) -> dict[int, Flags]:
        """Return the flags of messages, as far as they are there.

        `even_untold` counts a message whose flags the server keeps to itself as one without flags.
        """
        told: dict[int, Flags] = {}
        for part in uids.chunks(_SET_OCTETS):
            for each in (await self._client.run(Fetch(part, self._flags))).messages:
                if each.uid is not None and (even_untold or each.flags is not None):
                    told[each.uid] = flags_of(each)
        return told

    async def flags_and_dates(self, uids: UidSet) -> tuple[dict[int, Flags], dict[int, datetime | None]]:
        """Return the flags of messages, as far as they are there, and when the server received each."""
        told: dict[int, Flags] = {}
        dates: dict[int, datetime | None] = {}
        for part in uids.chunks(_SET_OCTETS):
            for each in await self._fetched(part, (*self._flags, "INTERNALDATE")):
                if each.uid is not None:
                    told[each.uid] = flags_of(each)
                    dates[each.uid] = each.internal_date
        return told, dates

    async def changes(self, uids: UidSet, since: int, *, vanished: bool) -> Delta:
        """Return what changed since a modification sequence; `vanished` needs QRESYNC enabled."""
        fetched = await self._client.run(Fetch(uids, (*self._flags, "MODSEQ"), changed_since=since, vanished=vanished))
        told = {each.uid: flags_of(each) for each in fetched.messages if each.uid and each.flags is not None}
        highest = max((each.modseq or 0 for each in fetched.messages), default=0)
        return Delta(told, fetched.vanished, highest)

    async def details(self, uids: UidSet, *more: str) -> tuple[list[FetchData], UidSet]:
        """Return what events tell of messages, by UID, and the UIDs of those the server refuses to give.

        The answer need not hold every message asked for. `more` are further FETCH items.
        """
        found: list[FetchData] = []
        refused: list[int] = []
        waiting = list(uids.chunks(_SET_OCTETS))
        while waiting:
            part = waiting.pop()
            try:
                found += await self._fetched(part, (*self._details, *more))
            except CommandFailed as refusal:
                if not may_be_the_message(refusal) or len(refused) >= _REFUSALS_BORNE:
                    raise
                if part.max == MAX_NUMBER and part.min is not None:
                    part = await self.from_uid(part.min)
                if len(part) == 1:
                    refused += part
                elif part:
                    waiting += part.batches((len(part) + 1) // 2)
        by_uid = {each.uid: each for each in found if each.uid is not None}
        return [by_uid[uid] for uid in sorted(by_uid)], UidSet.from_iterable(refused)

    async def sections(self, uids: UidSet, items: tuple[str, ...]) -> dict[int, dict[str, bytes | None]]:
        """Return sections of messages by UID; nothing of a message whose sections the server refuses to give."""
        told: dict[int, dict[str, bytes | None]] = {}
        waiting = list(uids.chunks(_SET_OCTETS))
        while waiting:
            part = waiting.pop()
            try:
                for each in (await self._client.run(Fetch(part, ("UID", *items)))).messages:
                    if each.uid is not None:
                        told.setdefault(each.uid, {}).update(each.sections)
            except CommandFailed as refusal:
                if not may_be_the_message(refusal):
                    raise
                if len(part) > 1:
                    waiting += part.batches((len(part) + 1) // 2)
        return told

    async def _fetched(self, uids: UidSet, items: tuple[str, ...]) -> Sequence[FetchData]:
        """What the server tells of messages that are there; what it makes up of those that are gone is left out."""
        fetched = await self._client.run(Fetch(uids, items))
        if not fetched.some_gone or not fetched.messages:
            return fetched.messages
        told = UidSet.from_iterable(each.uid for each in fetched.messages if each.uid is not None)
        present = await self._search_uids(told)
        return [each for each in fetched.messages if each.uid in present]

    async def _search_uids(self, uids: UidSet) -> UidSet:
        return (await self._client.run(Search(words(b"UID", uid_argument(uids))))).uids or UidSet()


def flags_of(data: FetchData) -> Flags:
    """Return the flags of a message as they are stored, Gmail's labels among them."""
    flags = normal_flags(data.flags or ())
    if not data.gm_labels:
        return flags
    return flags | {f"{LABEL}{label}" for label in data.gm_labels}


def may_be_the_message(refusal: CommandFailed) -> bool:
    """Say whether a NO or BAD to a FETCH may be the fault of one message, so that the others can still be fetched."""
    if refusal.status == "BYE" or (refusal.code is not None and refusal.code.name in _NOT_THE_MESSAGE):
        return False
    return "throttl" not in refusal.text.lower()
