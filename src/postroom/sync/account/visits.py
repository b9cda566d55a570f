"""Opens the folders of an account and brings each up to date; trouble with one does not hold up the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from postroom.accounts.known.sync_told import FolderError
from postroom.accounts.settings.values import AccountSettings
from postroom.clock import from_iso, iso
from postroom.configuration.keys import Snapshot
from postroom.connections.clients.imap_client import ImapClient
from postroom.footprint.dataclass import replace
from postroom.imap.capabilities import GMAIL
from postroom.imap.commands.select import Select
from postroom.imap.errors import CommandFailed
from postroom.imap.selected import SelectedMailbox
from postroom.imap.sets import UidSet
from postroom.log import get_logger
from postroom.mail.contents import Wanted
from postroom.mail.identity.links import threaded_by_server
from postroom.sessions.quirks import Quirks
from postroom.settings import Settings
from postroom.sync.account.listed_folders import Folder
from postroom.sync.account.stored_folders import PIECE
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.early_text import EarlyText
from postroom.sync.folder.arrivals import Arrivals
from postroom.sync.folder.flag_readings import FlagReadings
from postroom.sync.folder.folder_sync import PARKED_FOR, FolderSync
from postroom.sync.folder.indexing import Indexing
from postroom.sync.folder.ledger import FolderLedger, FolderOpening, begin_together
from postroom.sync.folder.missing import RETRY_DELAYS, due, next_due
from postroom.sync.folder.plan import REFUSALS_BORNE, Start, Told, Way, decide, start, way_of
from postroom.sync.folder.plausible import Implausible, check_identity
from postroom.sync.folder.questions import Questions
from postroom.sync.news import Hints
from postroom.sync.refusals import wants_pause
from postroom.sync.whole_answers import Answers

log = get_logger("sync")

ReadSettings = Callable[[], Awaitable[Snapshot]]
_FAST: Final = "fast"
# Per connection: a server may refuse ten thousand folders.
_MOST_WARNINGS: Final = 20


class Visits:
    """The visits to single folders on one connection."""

    __slots__ = (
        "_account",
        "_client",
        "_early",
        "_fast",
        "_indexing",
        "_keeps_index",
        "_notify_from",
        "_opened",
        "_own",
        "_quirks",
        "_read_settings",
        "_readings",
        "_scan_ms",
        "_told",
        "_unsettled",
        "way",
    )

    def __init__(
        self,
        account: AccountLedger,
        client: ImapClient,
        own: AccountSettings,
        quirks: Quirks,
        read_settings: ReadSettings,
        settings: Settings,
        early: EarlyText,
    ) -> None:
        self._account = account
        self._early = early
        self._client = client
        self._own = own
        self._notify_from = from_iso(str(own.notify_from))
        self._quirks = quirks
        self._read_settings = read_settings
        self._scan_ms = int(settings.flag_scan_interval * 1000)
        self._readings = FlagReadings(settings.resync_flags_up_to)
        self._fast = False
        self._keeps_index = settings.thread_index
        self._indexing = Indexing()
        self._opened: str | None = None
        self._told = 0
        # By id of a folder that holds more messages than were found: retries so far, time of the next one (ms).
        self._unsettled: dict[int, tuple[int, int]] = {}
        self.way = way_of(client.capabilities, client.info.enabled, trusts_modseq=quirks.trusts_modseq)

    @property
    def selected_path(self) -> str | None:
        """The path of the open folder."""
        return self._opened if self._client.selected is not None else None

    async def visit(self, folder: FolderLedger, listed: Folder, *, is_main: bool, thorough: bool = False) -> bool:
        """Open a folder and bring it up to date; return whether anything in it had changed.

        Errors of the main folder are raised, because without it there is nothing to wait for. `thorough` reads
        everything that may have changed, and retries messages that could not be fetched.
        """
        if self.is_parked(folder) and not is_main:
            return False
        before = folder.row
        self._opened = None
        try:
            selected = await Answers(self._client).run(lambda: self._select(listed.raw_name, is_main=is_main))
            if listed.is_assumed:
                check_identity(folder.known, _told(selected))
            self._opened = folder.row.path
            if not self.is_parked(folder):
                sync = await self._sync_of(folder)
                # A folder that is read for the first time needs no second reading.
                scan_due = thorough or (before.uidnext is not None and self._scan_is_due(folder))
                await sync.opened(_told(selected), scan_due=scan_due)
                await self._read_window(folder, sync, all_read=scan_due or before.uidnext is None)
                await self._indexing.step(folder, sync.ask)
                await self._follow_up(folder, sync, thorough=thorough)
                if not self.is_parked(folder):
                    self._account.progress.forgive(folder.row.path)
        except (CommandFailed, Implausible) as refusal:
            # A server that throttles does so in every folder, so the refusal does not count against this one.
            if is_main or (isinstance(refusal, CommandFailed) and (refusal.status == "BYE" or wants_pause(refusal))):
                raise
            await self._note_refusal(folder, refusal, counts=not listed.is_assumed)
        return _visible(before) != _visible(folder.row)

    async def begin_empty(self, folders: Iterable[tuple[FolderLedger, Told | None]]) -> set[str]:
        """Begin with empty folders by their counters alone; return their paths.

        Many folders of most mailboxes are empty. Opening each of them would be most of the work of a first sync.
        """
        openings = [
            (folder, FolderOpening(Start.FIRST, told.uidvalidity, told.uidnext, self._modseq(told), exists=0))
            for folder, told in folders
            if told is not None and told.messages == 0 and told.uidnext and told.uidvalidity
            if not self.is_parked(folder) and start(folder.known, told) is Start.FIRST
        ]
        for at in range(0, len(openings), PIECE):
            await begin_together(self._account, openings[at : at + PIECE])
        return {folder.row.path for folder, _ in openings}

    async def hear(self, folder: FolderLedger, hints: Hints) -> None:
        """Follow up news of the open folder."""
        if not self.is_parked(folder):
            sync = await self._sync_of(folder)
            await sync.heard(hints)
            await self._follow_up(folder, sync, thorough=False)

    def is_parked(self, folder: FolderLedger) -> bool:
        """Whether the folder is not to be visited for now, after too much trouble with it."""
        until = folder.row.parked_until
        return until is not None and until > self._account.now()

    def is_worth_it(self, folder: FolderLedger, told: Told | None, *, thorough: bool = False) -> bool:
        """Return whether the folder may hold changes. Without counters, only opening it can tell."""
        row = folder.row
        if self.is_parked(folder):
            return False
        if row.uidnext is None or row.scanned is not None or (thorough and row.missing):
            return True
        if told is None:
            return thorough
        if start(folder.known, told) is not Start.GO_ON:
            return True
        if self._fast:
            return told.uidnext is None or told.uidnext > row.uidnext
        if told.uidnext is None and told.messages is not None:
            # Some servers leave UIDNEXT out of STATUS, so the message count has to do.
            told = replace(told, uidnext=row.uidnext)
        scan_due = thorough or (self._is_overdue(folder) and not self._readings.is_under_way(row.id))
        return not decide(self.way, folder.known_late, told, scan_due=scan_due).is_nothing

    def is_due(self, folder: FolderLedger) -> bool:
        """Whether some work in the folder is due now: retries, another check, or flags to read."""
        at = self.next_due(folder)
        return at is not None and at <= self._account.now()

    def next_due(self, folder: FolderLedger) -> int | None:
        """When the next work in the folder is due (milliseconds since 1970), None if nothing is planned."""
        if self.is_parked(folder):
            return None
        if self._indexing.is_due(folder):
            return self._account.now()
        _, at = self._unsettled.get(folder.row.id, (0, None))
        times = (at, next_due(folder.row.missing), self._readings.next_due(folder.row.id))
        return min((each for each in times if each is not None), default=None)

    def plan_readings(self, folders: Iterable[FolderLedger]) -> None:
        """Plan what can wait until now: the index of threads, and flags that may have changed before the connection."""
        self._indexing.ready = True
        if self.way is Way.PLAIN and not self._fast:
            held = [each.row.id for each in folders if each.row.messages and not self.is_parked(each)]
            self._readings.plan(held, self._account.now())

    def note_error(self, path: str, error: str) -> None:
        """Show an error of a folder with the account, and log it; after many, only at debug level."""
        self._told += 1
        tell = log.warning if self._told <= _MOST_WARNINGS else log.debug
        tell("folder not synced", account=self._account.lease.account, path=path, error=error)
        self._account.progress.error = FolderError(path, iso(self._account.now()), error)

    # The steps.

    def _modseq(self, told: Told) -> int | None:
        return told.highestmodseq or None if self.way is not Way.PLAIN else None

    def _select(self, raw_name: bytes | str, *, is_main: bool) -> Select:
        asks_modseq = self.way is Way.CONDSTORE and "CONDSTORE" not in self._client.info.enabled
        return Select(raw_name, condstore=asks_modseq, read_only=not is_main)

    async def _sync_of(self, folder: FolderLedger) -> FolderSync:
        settings = await self._read_settings()
        self._fast = (self._own.imap_indexer or settings.imap_indexer) == _FAST
        self._account.indexes = self._keeps_index and not self._fast
        self._account.moves.names = self._account.indexes and threaded_by_server(self._client.capabilities)
        self._account.moves.tells = settings.tells_moves
        ask = Questions(self._client)
        arrivals = Arrivals(folder, ask, self._wanted(settings), self._notify_from, not self._fast, self._early)
        looks, _ = self._unsettled.get(folder.row.id, (0, 0))
        doubts = looks < len(RETRY_DELAYS)
        return FolderSync(folder, ask, arrivals, self.way, self._fast, self._quirks.settles_late, doubts)

    def _wanted(self, settings: Snapshot) -> Wanted:
        """Return which parts of a message the run-time settings include in `messageNew`, and what the index needs."""
        return Wanted(
            text=settings.notify_text,
            text_size=settings.notify_text_size,
            headers=settings.notify_headers,
            attachments=settings.notify_attachments,
            attachment_size=settings.notify_attachment_size,
            links=self._account.indexes and GMAIL not in self._client.capabilities,
        )

    def _scan_is_due(self, folder: FolderLedger) -> bool:
        """Whether to read all flags of the folder now, in one go."""
        if self.way is not Way.PLAIN or not self._readings.is_small(folder.row.messages):
            return False
        return not self._readings.has_read(folder.row.id) or self._is_overdue(folder)

    def _is_overdue(self, folder: FolderLedger) -> bool:
        at = folder.row.flags_at
        return self.way is Way.PLAIN and (at is None or self._account.now() - at >= self._scan_ms)

    async def _read_window(self, folder: FolderLedger, sync: FolderSync, *, all_read: bool) -> None:
        """In a large folder, read the flags of the next window when it is due."""
        row, now = folder.row, self._account.now()
        if self.way is not Way.PLAIN:
            return
        if self._fast or row.scanned is not None:
            self._readings.give_up(row.id)
            return
        if all_read or self._readings.is_small(row.messages):
            self._readings.done(row.id)
            return
        if not self._readings.is_under_way(row.id) and (
            not self._readings.has_read(row.id) or self._is_overdue(folder)
        ):
            self._readings.begin(row.id, await sync.windows(), now)
        window = self._readings.next_window(row.id, now)
        if window:
            await sync.read_flags(window)
        elif window is not None:
            self._readings.done(row.id)
            await folder.settle(flags_at=now)

    async def _follow_up(self, folder: FolderLedger, sync: FolderSync, *, thorough: bool) -> None:
        """Retry messages that could not be fetched; plan another visit if the folder's message count does not fit."""
        if self.is_parked(folder):
            self.note_error(folder.row.path, "Its UIDVALIDITY changes each time it is opened")
            return
        register = folder.row.missing
        again = UidSet.from_iterable(register) if thorough else due(register, self._account.now())
        await sync.arrivals.these(again, witnessed=True)
        tries, _ = self._unsettled.pop(folder.row.id, (0, 0))
        if not sync.is_settled and tries < len(RETRY_DELAYS):
            self._unsettled[folder.row.id] = (tries + 1, self._account.now() + RETRY_DELAYS[tries])

    async def _note_refusal(self, folder: FolderLedger, refusal: CommandFailed | Implausible, *, counts: bool) -> None:
        """Show a refusal with the account. If it `counts`, the folder is parked after several of them."""
        self._readings.give_up(folder.row.id)
        self._indexing.give_up(folder.row.id)
        self.note_error(folder.row.path, str(refusal))
        if counts:
            troubles = folder.row.troubles + 1
            parked = self._account.now() + PARKED_FOR if troubles >= REFUSALS_BORNE else None
            await folder.settle(troubles=troubles, parked_until=parked)


def _told(selected: SelectedMailbox) -> Told:
    return Told.of(selected.uidvalidity, selected.uidnext, selected.highestmodseq, selected.exists)


def _visible(row: object) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in ("uidvalidity", "uidnext", "highestmodseq", "messages"))
