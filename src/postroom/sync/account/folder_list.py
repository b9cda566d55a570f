"""The list of folders, read from the server; the stored list stays when the server shows none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from postroom.accounts.settings.values import ImapSettings
from postroom.connections.clients.imap_client import ImapClient
from postroom.imap.commands.list import NOTHING_REFUSED, list_mailboxes
from postroom.imap.names import is_inbox
from postroom.imap.paths import is_regular
from postroom.imap.responses import ListData, StatusData
from postroom.log import get_logger
from postroom.sync.account.counters import counters, status_items
from postroom.sync.account.listed_folders import Folder, shared, understand
from postroom.sync.account.stored_folders import COST, FolderSnapshot, StoredList, load_all, store_list
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.folder.plan import Told
from postroom.sync.store import StoredMailbox
from postroom.sync.whole_answers import Answers
from postroom.tasks import aside

log = get_logger("sync")


class FolderList:
    """The folders of an account, as listed by the server and as stored."""

    __slots__ = (
        "_account",
        "_apart",
        "_assumes_inbox",
        "_avoid",
        "_chosen",
        "_client",
        "_is_cut",
        "_lacks_inbox",
        "_most",
        "_paths",
        "folders",
    )

    def __init__(self, account: AccountLedger, client: ImapClient, imap: ImapSettings | None, most: int) -> None:
        """`most` is the largest number of folders that the account keeps."""
        self._account = account
        self._client = client
        self._most = most
        self._is_cut = False
        self._avoid = NOTHING_REFUSED
        self._chosen = imap.chosen_roles if imap is not None else {}
        self.folders: dict[str, Folder] = {}
        # `_paths`: path by name on the wire. `_apart`: name by path, where the two differ.
        self._paths: dict[bytes, str] = {}
        self._apart: dict[str, str] = {}
        self._assumes_inbox = self._lacks_inbox = False

    @property
    def selectable(self) -> list[tuple[str, str | None]]:
        """The (path, role) of the folders that can be opened."""
        return [(path, each.special_use) for path, each in self.folders.items() if each.is_selectable]

    async def read(self, *, counters: bool) -> None:
        """Read the list, with `counters` when the server can return them in the same answer. Raises CommandFailed.

        An empty list is the server's fault: the previous list stays, and INBOX is tried by name.
        """
        offered = self._client.capabilities
        items = status_items(offered) if counters or "OBJECTID" in offered else ()
        answers = Answers(self._client)
        listing = await answers.perform(lambda: list_mailboxes(offered, items, self._avoid, self._most))
        if listing.refused:
            self._avoid |= listing.refused
        if not listing.mailboxes:
            log.warning("empty folder list", account=self._account.lease.account)
            self._account.progress.unlisted = True
            self.take_counters()
            self.folders = self.folders or await self._as_stored()
            return
        self._account.progress.unlisted = False
        known = await self._known_paths(listing.mailboxes)
        cost = COST * len(listing.mailboxes)
        understood = await aside(cost, lambda: understand(listing, known, self._chosen))
        self.folders, self._paths, self._apart = understood.folders, understood.paths, understood.apart
        self._is_cut = listing.left_out > 0
        self._account.progress.left_out = understood.left_out
        self._assumes_inbox = "INBOX" not in self.folders
        if self._assumes_inbox and not self._lacks_inbox:
            self.restore_inbox()
        await self._tell_apart()

    def take_counters(self) -> dict[str, Told]:
        """Return the counters that came with the list, by path, and forget them, because they soon become outdated."""
        told = {path: each.told for path, each in self.folders.items() if each.told is not None}
        self.folders |= {path: shared(replace(self.folders[path], told=None)) for path in told}
        return told

    def drop_inbox(self) -> None:
        """Continue without INBOX, if the server does not list it."""
        if self._assumes_inbox:
            self._lacks_inbox = True
            self.folders.pop("INBOX", None)

    def restore_inbox(self) -> None:
        """Add INBOX even when the server does not list it: RFC 3501 section 5.1 guarantees that it exists."""
        self.folders.setdefault("INBOX", Folder("INBOX", b"INBOX", special_use="\\Inbox"))

    async def _as_stored(self) -> dict[str, Folder]:
        stored = await load_all(self._account)
        folders = {
            path: Folder(path, path, row.delimiter, row.attributes, row.special_use, row.object_id, is_assumed=True)
            for path, row in stored.items()
        }
        inbox = folders.get("INBOX") or Folder("INBOX", b"INBOX", special_use="\\Inbox")
        return {**folders, "INBOX": replace(inbox, is_assumed=False)}

    def path_of(self, status: StatusData) -> str | None:
        """Return the path of the folder that a STATUS response is about, None when no such folder is listed."""
        return "INBOX" if is_inbox(status.name) else self._paths.get(status.raw_name)

    async def _known_paths(self, listed: Sequence[ListData]) -> Collection[str]:
        """Return the stored paths if they matter: a regular name gets the same path, whatever is stored."""
        if await aside(COST * len(listed), lambda: all(map(is_regular, listed))):
            return ()
        return (await load_all(self._account)).keys()

    async def _tell_apart(self) -> None:
        """Ask for the counters of folders whose names read alike. UIDVALIDITY shows which of them was stored before."""
        both = [each for each in {*self._apart, *self._apart.values()} if each in self.folders]
        unsure = [(path, self.folders[path].raw_name) for path in both if self.folders[path].told is None]
        for path, told in (await counters(self._client, unsure, patient=True)).items():
            self.folders[path] = replace(self.folders[path], told=told)

    async def store(self, stored: StoredList | None = None) -> dict[str, StoredMailbox]:
        """Write the list and announce deleted folders; return the stored row of each folder by path.

        `stored` is what was stored as the connection began, unless something was written since.
        """
        listed = FolderSnapshot(self.folders, self._apart, self._is_cut, self._most)
        return await store_list(self._account, listed, stored)
