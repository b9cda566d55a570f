"""Adds new messages: fetches what their events need, and writes messages and events in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Final

from postroom.connections.failures import ConnectionLost
from postroom.events.types import Event, MessageNew
from postroom.footprint.dataclass import dataclass
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.contents import Section, Wanted, fill, groups, headers
from postroom.mail.dates import received, written
from postroom.mail.identity.links import Links, links_of
from postroom.mail.message import message_object
from postroom.mail.nature import seems_like_new
from postroom.mail.shapes import MessageObject
from postroom.sync.early_text import EarlyText, enough
from postroom.sync.folder.announce import Place
from postroom.sync.folder.ledger import FolderLedger
from postroom.sync.folder.plan import counts_disagree, is_news, next_cursor
from postroom.sync.folder.questions import Questions, flags_of
from postroom.sync.whole_answers import Fetched
from postroom.tasks import aside
from postroom.traces import part

# Messages per FETCH and per transaction. A broken connection loses the work of at most one batch.
BATCH: Final = 200
# Octets of text and attachments in memory at a time.
_BUDGET: Final = 8 * 1024 * 1024
# Octets of a message's content that take one microsecond to read, in the worst case.
_OCTETS_PER_ITEM: Final = 2

_Group = Sequence[tuple[FetchData, tuple[Section, ...]]]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Adds new messages of the selected folder. `keeps_messages` is False for the fast indexer.

    `early` says whether the text of a few new messages is asked for together with their details.
    """

    folder: FolderLedger
    ask: Questions
    wanted: Wanted
    notify_from: int
    keeps_messages: bool
    early: EarlyText = field(default_factory=EarlyText)

    async def from_cursor(self, told_uidnext: int | None) -> None:
        """Add everything from the cursor on. `told_uidnext` is the server's UIDNEXT when the folder was opened."""
        first = self.folder.row.uidnext or 1
        # The fast indexer keeps no count of messages, so only a search can show it whether an answer was complete.
        if not (
            self.keeps_messages and self._expects_few(first, told_uidnext) and await self._fetched(first, told_uidnext)
        ):
            await self._searched(self.folder.row.uidnext or 1)
        cursor = next_cursor(self.folder.row.uidnext, told_uidnext, None, complete=not self._is_incomplete())
        await self.folder.settle(uidnext=cursor)

    async def _fetched(self, first: int, told_uidnext: int | None) -> bool:
        """Add everything that the server returns from `first` on; return whether that was all."""
        # The counts hide arrivals when messages were removed as well. UIDNEXT does not.
        few = told_uidnext is None or told_uidnext <= first + BATCH
        while True:
            told = await (self._details_and_text if few else self._details)(UidSet.beginning(first))
            if told.cut_off is not None:
                await self._keep_what_came(first, told)
                raise told.cut_off
            found = [each for uid, each in sorted(told.messages.items()) if uid >= first]
            await self._take_in(found, told.refused, cursor=first, witnessed=True)
            if not self._is_incomplete():
                return True
            before, first = first, self.folder.row.uidnext or 1
            if first == before or not self._expects_few(first, None):
                # Only a search can find messages that exist and are not returned.
                return False

    async def these(self, uids: UidSet, *, witnessed: bool) -> None:
        """Add these messages. Those that the server does not return are noted as missing. The cursor stays."""
        for batch in uids.batches(BATCH):
            await self._took(batch, await self._details(batch), cursor=None, witnessed=witnessed)

    async def _searched(self, first: int) -> None:
        """Search for the messages first, then fetch them. Messages that only the search finds are missing."""
        for batch in (await self.ask.from_uid(first)).batches(BATCH):
            await self._took(batch, await self._details(batch), cursor=first, witnessed=True)

    async def _keep_what_came(self, first: int, told: Fetched) -> None:
        """Add the part that came of a broken-off answer. A search finds the messages left out in between."""
        last = max(told.messages, default=0)
        if last >= first:
            batch = await self.ask.from_uid(first) & UidSet.beginning(first, last)
            await self._took(batch, told, cursor=first, witnessed=True)

    async def _took(self, batch: UidSet, told: Fetched, *, cursor: int | None, witnessed: bool) -> None:
        """Add the messages of a batch that came; note the others as missing. Raises what cut the answer off."""
        found = [each for uid, each in sorted(told.messages.items()) if uid in batch]
        left = batch - UidSet.from_iterable(told.messages)
        if told.cut_off is not None:
            # The answer ended before it came to the messages that wait for a retry. Their retry does not count as
            # failed.
            left = left - (UidSet.from_iterable(self.folder.row.missing) - told.refused)
        await self._take_in(found, left, cursor=cursor, witnessed=witnessed)
        if told.cut_off is not None:
            raise told.cut_off

    async def _details(self, uids: UidSet, spare: tuple[str, ...] = ()) -> Fetched:
        with part("sync.fetch"):
            return await self.ask.details(uids, self.wanted.header_item, spare=spare)

    async def _details_and_text(self, uids: UidSet) -> Fetched:
        """Return the details, and the text of most messages if there are only a few."""
        account = self.folder.account.lease.key
        spare = self.early.items(account, self.wanted, self._expected) if self.keeps_messages else ()
        if not spare:
            return await self._details(uids)
        try:
            told = await self._details(uids, spare)
        except ConnectionLost:
            # Perhaps because of the question: some servers close a connection, or fall silent, instead of refusing.
            self.early.suspect(account)
            raise
        self.early.judge(account, told)
        return told

    @property
    def _expected(self) -> int:
        """How many new messages the folder seems to hold."""
        return self.ask.exists - self.folder.row.messages - len(self.folder.row.missing)

    def _expects_few(self, first: int, told_uidnext: int | None) -> bool:
        if told_uidnext is not None and first <= told_uidnext <= first + BATCH:
            return True
        return self._expected <= BATCH

    def _is_incomplete(self) -> bool:
        """Whether the folder holds more messages than are stored."""
        known = self.folder.known
        return (
            self.keeps_messages
            and self.folder.row.scanned is None
            and counts_disagree(known, self.ask.exists)
            and self.ask.exists > known.messages + known.missing
        )

    async def _take_in(
        self, found: Sequence[FetchData], failed: UidSet, *, cursor: int | None, witnessed: bool
    ) -> None:
        """Write messages group by group. If there is a cursor, it moves past each group."""
        for group in groups(found, self.wanted, _BUDGET):
            last = max(data.uid or 0 for data, _ in group)
            news = await self._news(group, witnessed=witnessed)
            behind = failed & UidSet.beginning(1, last)
            failed = failed - behind
            await self.folder.take_in(
                {data.uid or 0: flags_of(data) for data, _ in group},
                news,
                uidnext=None if cursor is None else last + 1,
                failed=behind,
                keeps_messages=self.keeps_messages,
                links=self._links(group),
                named=[data.uid or 0 for data, _ in group if data.email_id or data.gm_msgid is not None],
            )
        if failed:
            uidnext = None if cursor is None else (failed.max or 0) + 1
            await self.folder.take_in({}, {}, uidnext=uidnext, failed=failed, keeps_messages=self.keeps_messages)

    def _links(self, group: _Group) -> dict[int, Links]:
        if not self.folder.account.indexes or not self.keeps_messages:
            return {}
        return {data.uid or 0: links_of(data) for data, _ in group}

    async def _news(self, group: _Group, *, witnessed: bool) -> dict[int, Event]:
        announced = [(data, needed) for data, needed in group if self._is_news(data, witnessed=witnessed)]
        with part("sync.fetch content"):
            told = await self._sections(announced)
        place = self.folder.place
        news: dict[int, Event] = {}
        for data, _ in announced:
            uid = data.uid or 0
            contents = told.get(uid, {})
            octets = sum(len(each or b"") for each in (*contents.values(), *data.sections.values()))
            message = await aside(octets // _OCTETS_PER_ITEM, partial(self._message, place, data, contents))
            news[uid] = MessageNew(place.path, place.special_use, message)
        return news

    def _message(self, place: Place, data: FetchData, contents: Mapping[str, bytes | None]) -> MessageObject:
        message = message_object(place.number, place.path, data, headers=headers(data, self.wanted))
        if seems_like_new(message, place.special_use, data.internal_date, self.folder.account.now()):
            message["seemsLikeNew"] = True
        fill(message, data, contents, self.wanted)
        return message

    def _is_news(self, data: FetchData, *, witnessed: bool) -> bool:
        # A Date header may be of any age, so it counts only for a message that has no other date and was not seen to
        # arrive.
        came = received(data.internal_date) or (None if witnessed else written(data))
        return is_news(came, self.notify_from, witnessed=witnessed)

    async def _sections(self, group: _Group) -> dict[int, dict[str, bytes | None]]:
        """Return the content for the events. What did not come early is fetched: one command for all messages that need
        the same sections.
        """
        told: dict[int, dict[str, bytes | None]] = {}
        alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        largest: defaultdict[tuple[str, ...], int] = defaultdict(int)
        for data, needed in group:
            came = enough(data, needed)
            if came is not None:
                told[data.uid or 0] = came
            elif needed:
                items = tuple(each.item for each in needed)
                alike[items].append(data.uid or 0)
                largest[items] = max(largest[items], *(each.size for each in needed))
        for items, uids in alike.items():
            # Some servers report sizes that are slightly wrong.
            told |= await self.ask.sections(UidSet.from_iterable(uids), items, 2 * largest[items])
        return told
