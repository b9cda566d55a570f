"""Brings the selected folder up to date: carries out the plans of `sync.folder.plan`, in resumable steps."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass, replace
from postroom.imap.sets import UidSet
from postroom.mail.dates import received
from postroom.sync.folder.arrivals import BATCH, Arrivals
from postroom.sync.folder.ledger import FolderLedger, FolderOpening
from postroom.sync.folder.plan import (
    TROUBLES_BORNE,
    Changes,
    Plan,
    Start,
    Told,
    Way,
    counts_disagree,
    decide,
    decide_live,
    is_news,
    start,
)
from postroom.sync.folder.questions import WINDOW, Questions
from postroom.sync.news import Hints
from postroom.tasks import aside

PARKED_FOR: Final = 6 * 3600 * 1000
"""Milliseconds during which a folder that cannot be read is not visited."""
# The largest number of messages that one CHANGEDSINCE may return.
_DELTA_WINDOW: Final = 50_000


@dataclass(frozen=True, slots=True)
class FolderSync:
    """The sync of the selected folder.

    `fast` stores no messages and notices only new ones. `settles_late` is for servers that report a HIGHESTMODSEQ
    before its changes are visible, so the number is used one sync later. `doubts` is for servers whose searches may
    miss messages: if a search finds fewer than the folder holds, no message counts as gone yet.
    """

    folder: FolderLedger
    ask: Questions
    arrivals: Arrivals
    way: Way
    fast: bool = False
    settles_late: bool = False
    doubts: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether the folder holds exactly as many messages as are known."""
        return self.fast or not counts_disagree(self.folder.known, self.ask.exists)

    async def opened(self, told: Told, *, scan_due: bool) -> None:
        """After SELECT returned `told`, take in everything that changed since the folder was last read."""
        how = start(self.folder.known, told)
        if how is not Start.GO_ON:
            await self._begin(how, told)
            if self.folder.row.parked_until is not None:
                return
        elif self.folder.row.troubles or self.folder.row.parked_until:
            await self.folder.settle(troubles=0, parked_until=None)
        await self.folder.find_number()
        if self.folder.row.scanned is not None:
            await self.arrivals.from_cursor(told.uidnext)
            await self._scan()
        plan = decide(self.way, self.folder.known, replace(told, messages=self.ask.exists), scan_due=scan_due)
        await self._carry_out(plan, told)
        await self.folder.end_moves()

    async def heard(self, hints: Hints) -> None:
        """After news of the folder, check the messages that the hints point to."""
        if self.folder.row.scanned is not None:
            return
        plan = decide_live(
            self.way, arrivals=hints.arrivals, gone=hints.gone, flags=hints.flags, known=self.folder.known
        )
        if hints.flags and plan.changes is Changes.NONE and not self.fast:
            if hints.too_many:
                plan = replace(plan, changes=Changes.EVERY_FLAG)
            else:
                numbered = await self.ask.uids_of(hints.numbers) if hints.numbers else UidSet()
                await self._read_flags(hints.uids | numbered)
        await self._carry_out(plan, None)
        await self.folder.end_moves()

    async def read_flags(self, window: UidSet) -> None:
        """Read the flags of messages again, even if the server reports no change."""
        await self._read_flags(window)

    async def windows(self) -> list[UidSet]:
        """Return the known messages in sets small enough for one command, oldest first."""
        return await self._known_in_batches(WINDOW)

    # The first scan.

    async def _begin(self, how: Start, told: Told) -> None:
        uidnext = told.uidnext or ((await self.ask.present(None)).max or 0) + 1
        row = self.folder.row
        # A folder that was parked for a while starts with a fresh count of troubles.
        troubles = (0 if row.parked_until else row.troubles) + 1 if how is Start.AFRESH else 0
        parked = self.folder.account.now() + PARKED_FOR if troubles >= TROUBLES_BORNE else None
        modseq = told.highestmodseq if self.way is not Way.PLAIN else None
        opening = FolderOpening(how, told.uidvalidity or 0, uidnext, modseq or None, self.ask.exists, troubles, parked)
        await self.folder.begin(opening)

    async def _scan(self) -> None:
        """Take in the messages that were there before, window by window. A broken-off scan is resumed."""
        row = self.folder.row
        left = UidSet.beginning((row.scanned or 0) + 1, (row.uidnext or 1) - 1)
        present = await self.ask.present(row.uidnext) & left
        replayed = await self._to_replay(present) if row.replays else UidSet()
        if self.fast:
            present = replayed
        progress = self.folder.account.progress
        progress.expected[row.path] = len(present)
        exists = self.ask.exists
        for window in present.batches(WINDOW):
            await self._scan_window(window, window & replayed)
            progress.messages_done += len(window)
            if self.ask.exists > exists:
                await self.arrivals.from_cursor(None)
            exists = self.ask.exists
        await self.folder.settle(scanned=None, replays=False, flags_at=self.folder.account.now())

    async def _to_replay(self, present: UidSet) -> UidSet:
        """Return the messages that are recent enough to be announced, and have not been."""
        recent, known = await self.ask.since(self.arrivals.notify_from), await self.folder.known_uids()
        return await aside(recent.parts + present.parts + known.parts, lambda: (recent & present) - known)

    async def _scan_window(self, window: UidSet, replayed: UidSet) -> None:
        """Take in one window. First announce the messages in `replayed` that are newer than `notifyFrom`."""
        if replayed:
            told, dates = await self.ask.flags_and_dates(_span(window))
            notify_from = self.arrivals.notify_from
            came = {uid: received(dates.get(uid)) for uid in replayed}
            # A message without an internal date is judged by its Date header, which comes with the details.
            news = (uid for uid, at in came.items() if at is None or is_news(at, notify_from, witnessed=False))
            await self.arrivals.these(UidSet.from_iterable(news), witnessed=False)
        else:
            told = {} if self.fast else await self.ask.flags(_span(window), even_untold=True)
        if self.fast:
            await self.folder.settle(scanned=window.max)
            return
        # A message that the search found and this answer lacks has just gone; if not, the message count will show it.
        await self.folder.scan({uid: flags for uid, flags in told.items() if uid in window}, window.max or 0)

    # What changed.

    async def _carry_out(self, plan: Plan, told: Told | None) -> None:
        if plan.arrivals:
            await self.arrivals.from_cursor(told.uidnext if told is not None else None)
        if self.fast:
            return
        modseq = await self._read_changes() if plan.changes is Changes.SINCE else None
        present = None
        if plan.presence or counts_disagree(self.folder.known, self.ask.exists):
            present = await self._check_presence()
        if plan.changes is Changes.EVERY_FLAG:
            await self._read_flags(present if present is not None else await self.folder.known_uids())
            await self.folder.settle(flags_at=self.folder.account.now())
        await self._finish(told, modseq)

    async def _read_changes(self) -> int | None:
        """Take in the changes since the stored mod-sequence; return the next one to store, None if unknown."""
        first_told: int | None = None
        unknown = UidSet()
        since = self.folder.row.highestmodseq or 1
        for at, span in enumerate(await self._spans()):
            delta = await self.ask.changes(span, since, vanished=self.way is Way.QRESYNC)
            if at == 0:
                # Later spans are read later. All of them are complete only up to the number of the first answer.
                first_told = delta.highestmodseq or None
            if delta.vanished is not None:
                await self.folder.vanish(delta.vanished)
            unknown |= await self.folder.change(delta.flags)
        await self.arrivals.these(unknown, witnessed=True)
        return first_told

    async def _spans(self) -> list[UidSet]:
        """Return the UIDs below the cursor in spans, each with no more messages than one answer may return."""
        last = (self.folder.row.uidnext or 1) - 1
        if last < 1:
            return []
        if self.folder.row.messages <= _DELTA_WINDOW:
            return [UidSet.beginning(1, last)]
        ends = [batch.max or last for batch in await self._known_in_batches(_DELTA_WINDOW)]
        ends = [*ends[:-1], last]
        return [UidSet.beginning(before + 1, end) for before, end in zip([0, *ends[:-1]], ends, strict=True)]

    async def _known_in_batches(self, count: int) -> list[UidSet]:
        known = await self.folder.known_uids()
        return await aside(known.parts, lambda: list(known.batches(count)))

    async def _check_presence(self) -> UidSet:
        present = await self.ask.present(self.folder.row.uidnext)
        if self.doubts and len(present) < self.ask.exists:
            known, missing = await self.folder.known_uids(), UidSet.from_iterable(self.folder.row.missing)
            found = present
            present = await aside(found.parts + known.parts, lambda: found | known | missing)
        unknown = await self.folder.keep(present)
        await self.arrivals.these(unknown, witnessed=True)
        return present

    async def _read_flags(self, uids: UidSet) -> None:
        unknown = UidSet()
        for window in uids.batches(WINDOW):
            asked = _span(window) if len(window) > BATCH else window
            unknown |= await self.folder.change(await self.ask.flags(asked, expected=window))
        await self.arrivals.these(unknown, witnessed=True)

    async def _finish(self, told: Told | None, modseq: int | None) -> None:
        """Store the mod-sequence, because every change up to it has been taken in."""
        if self.way is Way.PLAIN:
            return
        before = self.folder.row.highestmodseq
        if told is not None and told.highestmodseq:
            after: int | None = told.highestmodseq
            if self.settles_late:
                after, self.folder.late_modseq = self.folder.late_modseq or before or after, after
        else:
            after = max(before or 0, modseq or 0) or None
        await self.folder.settle(highestmodseq=after)


def _span(uids: UidSet) -> UidSet:
    """Return one range from the first to the last UID: it is short to write, and extra UIDs in it do no harm."""
    return UidSet([(uids.min or 1, uids.max or 1)]) if uids else uids
