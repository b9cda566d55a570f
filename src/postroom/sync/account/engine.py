"""The sync of one account over one live connection: which folder it visits when, and how it follows up news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import field
from time import perf_counter
from typing import Final

from postroom.accounts.known.sync_told import SyncTold
from postroom.accounts.model import Lease
from postroom.accounts.settings.values import AccountSettings
from postroom.connections.clients.imap_client import ImapClient, News
from postroom.events.rides import Rides
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.errors import CommandFailed
from postroom.mail.roles import named
from postroom.sessions.quirks import GOOD, Quirks
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.turns import WriteTurn
from postroom.sync.account.counters import be_notified, counters
from postroom.sync.account.folder_list import FolderList
from postroom.sync.account.rounds import Rounds
from postroom.sync.account.stored_folders import StoredList, look
from postroom.sync.account.upkeep import Upkeep
from postroom.sync.account.visits import ReadSettings, Visits
from postroom.sync.account.watched_folders import unknown, watched
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.early_text import EarlyText
from postroom.sync.folder.ledger import FolderLedger
from postroom.sync.folder.plan import Told
from postroom.sync.news import read_news
from postroom.sync.refusals import wants_pause
from postroom.sync.watching.pace import Pace

ROUNDS_AT_ONCE: Final = 100
ROUNDS_PER_SECOND: Final = 10.0
"""Rounds of questions that follow news."""

VISITS_AT_ONCE: Final = 100
VISITS_PER_SECOND: Final = 20.0
"""Folder visits at once, besides twice the number of watched folders."""

SEARCHES_AT_ONCE: Final = 20
SEARCHES_PER_SECOND: Final = 0.5
"""Rounds of questions where messages are that left their folder."""

MOST_SEARCHED: Final = 200
"""Folders that such a round may have."""


def _untold(_cause: str, _seconds: float) -> None:
    """Tell nobody how long a sync took."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the sync of every account needs. `clock` returns milliseconds since 1970.

    `time_sync` is told how many seconds a whole sync took, by its cause: `sign_in` or `resync`. `rides` let webhooks go
    along with what is written. `early` notes whose text is asked for early.
    """

    db: Database
    settings: Settings
    read_settings: ReadSettings
    clock: Callable[[], int]
    time_sync: Callable[[str, float], None] = _untold
    rides: Rides = field(default_factory=Rides)
    early: EarlyText = field(default_factory=EarlyText)


class SyncEngine:
    """Keeps the stored state of an account in step with its mail server; used by one task.

    Raises CommandFailed, ConnectionLost, LeaseLost and StorageFailed. A new engine then continues from the stored
    state.
    """

    def __init__(
        self, around: Surroundings, lease: Lease, client: ImapClient, own: AccountSettings, quirks: Quirks = GOOD
    ) -> None:
        settings = around.settings
        self._client = client
        self._own = own
        self._time_sync = around.time_sync
        self._account = AccountLedger(around.db, lease, around.clock, around.rides)
        self._list = FolderList(self._account, client, own.imap, settings.folder_limit)
        self._visits = Visits(self._account, client, own, quirks, around.read_settings, settings, around.early)
        self._rounds = Rounds(settings.folder_poll_interval, settings.quiet_folder_poll_interval)
        self._upkeep = Upkeep(self._account)
        self._folders: dict[str, FolderLedger] = {}
        self._watched: list[str] = []
        # The index of each watched folder in `_watched`.
        self._places: dict[str, int] = {}
        self._pending: set[str] = set()
        self._list_is_old = False
        self._notified = False
        self._rounds_pace = Pace(ROUNDS_AT_ONCE, ROUNDS_PER_SECOND)
        self._search_pace = Pace(SEARCHES_AT_ONCE, SEARCHES_PER_SECOND)
        self._visits_pace = Pace(VISITS_AT_ONCE, VISITS_PER_SECOND)

    @property
    def watched(self) -> list[str]:
        """The paths of the watched folders. The first one stays open while the engine waits for news."""
        return list(self._watched)

    @property
    def ledger(self) -> AccountLedger:
        """The only writer of the account's sync state; extra connections use it too."""
        return self._account

    def for_extra_connections(self) -> list[tuple[str, bytes | str]]:
        """The folders of `subconnections` that benefit from a connection of their own: (path, name on the wire)."""
        paths = named(self._list.selectable, (self._own.subconnections or ())).values()
        return [(path, self._list.folders[path].raw_name) for path in dict.fromkeys(paths) if path in self._watched[1:]]

    # Called by the runner and the watch.

    async def begin(self) -> SyncTold:
        """Do the first sync of a connection: the list of folders, the main folder, then all others that changed.

        Returns the account's `sync` object, to be stored together with the account's next state.
        """
        began = perf_counter()
        progress = self._account.progress
        progress.begins(self._account.now())
        stored = await look(self._account)
        await self._read_list(counters="NOTIFY" not in self._client.capabilities, stored=stored)
        progress.folders_total = len(self._watched)
        await self._open_main()
        progress.folders_total, progress.folders_done = len(self._watched), 1
        told = await be_notified(self._client, self._list.path_of)
        self._notified = told is not None
        if told is None:
            told = await self._counters(self._watched[1:])
        sure = [path for path in self._watched[1:] if not self._list.folders[path].is_assumed]
        empty = await self._visits.begin_empty((self._folders[path], told.get(path)) for path in sure)
        for path in self._watched[1:]:
            if path not in empty and self._visits.is_worth_it(self._folders[path], told.get(path)):
                self._pending.add(path)
                self._expect(path, told.get(path))
            else:
                progress.folders_done += 1
        await self._work_off()
        self._visits.plan_readings(self._folders[path] for path in self._watched)
        progress.folders_done = progress.folders_total
        shown = progress.told()
        progress.written(self._account.now(), shown)
        self._account.turn = WriteTurn.NORMAL
        self._time_sync("sign_in", perf_counter() - began)
        return shown

    async def sync_all(self) -> None:
        """Check everything again: the list of folders, and every folder that may have changed."""
        began = perf_counter()
        await self._read_list(counters=True)
        told = await self._counters(self._watched[1:])
        for path in self._watched[1:]:
            if self._visits.is_worth_it(self._folders[path], told.get(path), thorough=True):
                await self._visit(path, thorough=True)
        await self._visit(self._watched[0], thorough=True)
        await self._work_off()
        await self._account.touch()
        self._time_sync("resync", perf_counter() - began)

    async def heed(self, news: Sequence[News], others: Iterable[str] = ()) -> None:
        """Follow up the server's news, and hints that something happened in the folders `others`.

        A server that sends news without end has to wait for its turn.
        """
        await self._round()
        await self._take_news(news)
        self._pending.update(path for path in others if path in self._places)
        await self._work_off()

    async def do_due(self) -> None:
        """Do all due work: poll the folders without live news, retry messages, and visit folders again."""
        now = asyncio.get_running_loop().time()
        asked = self._rounds.due(self._in_rounds(), now)
        if asked:
            if supports(self._client.capabilities, "LIST-STATUS"):
                await self._read_list(counters=True)
            # A folder that is gone, or can no longer be opened, is no longer watched.
            asked = [path for path in asked if path in self._places]
            told = await self._counters(asked)
            self._pending.update(
                path for path in asked if self._visits.is_worth_it(self._folders[path], told.get(path))
            )
        self._pending.update(path for path in self._watched if self._visits.is_due(self._folders[path]))
        await self._work_off()
        await self._upkeep.step()

    def seconds_until_due(self) -> float | None:
        """Return the seconds until `do_due` has work, None when nothing is planned."""
        now = asyncio.get_running_loop().time()
        times = [self._upkeep.next_due(), *(self._visits.next_due(self._folders[path]) for path in self._watched)]
        waits = [(at - self._account.now()) / 1000 for at in times if at is not None]
        next_round = self._rounds.next_due(self._in_rounds(), now)
        if next_round is not None:
            waits.append(next_round - now)
        return max(min(waits), 0.0) if waits else None

    # The steps.

    async def _round(self) -> None:
        """Wait until the pace allows another round of questions."""
        if (wait := self._rounds_pace.take(asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(wait)

    async def _read_list(self, *, counters: bool, stored: StoredList | None = None) -> None:
        self._list_is_old = False
        await self._account.release()
        await self._list.read(counters=counters)
        rows = await self._list.store(stored)
        before, self._folders = self._folders, {}
        by_id = {each.row.id: each for each in before.values()}
        for path, row in rows.items():
            folder = by_id.get(row.id) or FolderLedger(self._account, row)
            folder.row = row
            self._folders[path] = folder
        self._choose_watched()

    def _choose_watched(self) -> None:
        selectable = self._list.selectable
        gmail = GMAIL in self._client.capabilities
        wanted, apart = (self._own.path or ()), (self._own.subconnections or ())
        chosen = watched(selectable, wanted, apart, gmail=gmail)
        self._watched = [path for path in chosen if path in self._folders and path in self._list.folders]
        if not self._watched:
            self._list.restore_inbox()
            self._watched = ["INBOX"]
        self._places = {path: place for place, path in enumerate(self._watched)}
        self._account.progress.unknown = unknown(selectable, [*wanted, *apart])
        self._pending.intersection_update(self._places)

    async def _open_main(self) -> None:
        """Open the main folder. Continue without an INBOX that the server neither lists nor opens."""
        try:
            await self._visit(self._watched[0])
        except CommandFailed as refusal:
            is_closed = refusal.command == "SELECT" and refusal.status == "NO" and not wants_pause(refusal)
            if self._watched[0] != "INBOX" or not is_closed:
                raise
            self._list.drop_inbox()
            self._choose_watched()
            if self._watched[0] == "INBOX":
                raise
            self._visits.note_error("INBOX", str(refusal))
            await self._visit(self._watched[0])

    async def _counters(self, paths: Sequence[str]) -> dict[str, Told]:
        """Return the counters of folders: those that came with the list just read, the others by STATUS."""
        listed = self._list.take_counters()
        told = {path: listed[path] for path in paths if path in listed}
        self._note_asked(told, told)
        return told | await self._ask([path for path in paths if path not in told])

    async def _ask(self, paths: Sequence[str]) -> dict[str, Told]:
        """Ask for the counters of folders by STATUS. Folders without an answer are asked about again soon."""
        told = await counters(self._client, [(path, self._list.folders[path].raw_name) for path in paths])
        self._note_asked(paths, told)
        return told

    def _note_asked(self, paths: Iterable[str], told: Collection[str]) -> None:
        now = asyncio.get_running_loop().time()
        for path in paths:
            self._rounds.asked(path, now)
            if path in told:
                self._rounds.answered(path)
            elif self._rounds.refused(path):
                # The folder may be gone. If it is still listed, only opening it shows its state.
                self._list_is_old = True
                self._pending.add(path)

    def _in_rounds(self) -> list[str]:
        """The folders to poll: all but the open one, or with NOTIFY only those that STATUS did not answer for."""
        return self._rounds.unanswered(self._watched[1:]) if self._notified else self._watched[1:]

    def _expect(self, path: str, told: Told | None) -> None:
        """Add the messages of a folder that was never read to the expected total."""
        if told is not None and told.messages and self._folders[path].row.uidnext is None:
            self._account.progress.expected[path] = told.messages

    async def _work_off(self) -> None:
        """Visit every folder that may have changed, then return to the main one."""
        visited: set[str] = set()
        looked_back = has_searched = False
        while True:
            if self._list_is_old:
                await self._round()
                await self._read_list(counters=False)
                self._pending.update(path for path in self._watched if self._folders[path].row.uidnext is None)
            if self._pending:
                path = min(self._pending, key=self._places.__getitem__)
                await self._visit(path)
                visited.add(path)
            elif self._visits.selected_path != self._watched[0]:
                await self._visit(self._watched[0])
            elif visited and not looked_back:
                await self._look_back(visited - {self._watched[0]})
                looked_back = True
            elif self._account.moves.held and not has_searched:
                await self._look_elsewhere()
                has_searched = True
            else:
                await self._account.release()
                return

    async def _look_elsewhere(self) -> None:
        """Look for messages that left their folder in the others, unless that would be too many questions."""
        wait = self._search_pace.take(asyncio.get_running_loop().time())
        others = [path for path in self._watched if path != self._visits.selected_path]
        if wait <= 0 and len(others) <= MOST_SEARCHED:
            told = await self._ask(others)
            self._pending.update(path for path in told if self._visits.is_worth_it(self._folders[path], told[path]))

    async def _look_back(self, visited: set[str]) -> None:
        """Check visited folders again: neither SELECT nor NOTIFY reports a change just before a folder was closed."""
        told = await self._ask([path for path in visited if path in self._places])
        self._pending.update(path for path in told if self._visits.is_worth_it(self._folders[path], told[path]))
        await self._take_news(self._client.take_news())

    async def _visit(self, path: str, *, thorough: bool = False) -> None:
        turn = self._visits_pace.take(asyncio.get_running_loop().time(), more=2 * len(self._watched))
        await asyncio.sleep(turn)
        await self._take_news(self._client.take_news())
        self._pending.discard(path)
        folder = self._folders.get(path)
        if folder is None:
            return
        is_main = path == self._watched[0]
        was_unread = folder.row.uidnext is None or folder.row.scanned is not None
        listed = self._list.folders[path]
        self._rounds.answered(path)
        if await self._visits.visit(folder, listed, is_main=is_main, thorough=thorough) and not was_unread:
            self._rounds.happened(path, asyncio.get_running_loop().time())
        progress = self._account.progress
        progress.folders_done = min(progress.folders_done + was_unread, progress.folders_total)

    async def _take_news(self, news: Sequence[News]) -> None:
        """Follow up news of the open folder at once; note news of other folders for later."""
        while news:
            hints = read_news(news, self._list.path_of)
            for path, told in hints.others.items():
                is_other = path in self._places and path != self._visits.selected_path
                if is_other and self._visits.is_worth_it(self._folders[path], told):
                    self._pending.add(path)
            self._list_is_old = self._list_is_old or hints.folders
            folder = self._folders.get(self._visits.selected_path or "")
            if hints.of_selected and folder is not None:
                await self._visits.hear(folder, hints)
            news = self._client.take_news()
            if news:
                await self._round()
                news += self._client.take_news()
