"""A caller's visit to a mailbox: a lent session, within the time that the caller allows, with a folder open or none.

Refusals and lost sessions become errors of `failures` here. Each command first checks that its folder is still the one
selected.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TypeVar

from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import ConnectionFailed
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.command import Command, Composite
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.search import Search
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData
from postroom.imap.selected import SelectedMailbox
from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import IncompleteAnswer, MessageNotFound, refused
from postroom.sessions.borrowing import Lent
from postroom.sessions.failures import SessionFailed, dismissed
from postroom.sessions.staying import Stay

__all__ = ["AtMessage", "FolderVisit", "MailVisit", "TimeAllowed", "fetch_one"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeAllowed:
    """When the caller's patience ends: a time of the event loop, and the milliseconds that the caller allowed."""

    at: float
    ttl: int

    @classmethod
    def after(cls, seconds: float) -> TimeAllowed:
        """The deadline so many seconds from now."""
        return cls(asyncio.get_running_loop().time() + seconds, round(seconds * 1000))

    @property
    def left(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self.at - asyncio.get_running_loop().time())


@dataclass(slots=True)
class MailVisit:
    """A lent session. `doing` says in words what the visit waits for. `kept_open`: a folder may be open."""

    lent: Lent
    clock: asyncio.Timeout
    kept_open: Stay | None = None
    doing: str = "the session was lent"

    @property
    def client(self) -> ImapClient:
        """The session."""
        return self.lent.client

    @property
    def account(self) -> str:
        """The id of the account."""
        return self.lent.row.account

    @property
    def key(self) -> int:
        """The key of the account's row."""
        return self.lent.row.key

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers; ask with `postroom.imap.capabilities.supports`."""
        return self.lent.client.capabilities

    def give_up(self, extension: str) -> None:
        """Take an extension as not offered for the rest of the session: the server offers it and refuses it."""
        info = self.client.info
        self.client.info = replace(info, capabilities=info.capabilities - {extension})

    def stay(self) -> None:
        """End the deadline, because the caller now sees progress. The session's own limits on silence still hold."""
        self.clock.reschedule(None)

    async def run(self, command: Command[T]) -> T:
        """Run a command. Raises ServerRefused for NO and BAD, SessionFailed when the session ended."""
        self.doing = f"the mail server has not answered {command.name}"
        try:
            return await self.client.run(command)
        except CommandFailed as refusal:
            raise refused(refusal) from refusal
        except ConnectionFailed as error:
            raise SessionFailed(error.failure, "connection") from error

    async def perform(self, composite: Composite[T]) -> T:
        """Run the commands of one operation. Raises what `run` raises."""
        self.doing = "the mail server has not answered"
        try:
            return await self.client.perform(composite)
        except CommandFailed as refusal:
            raise refused(refusal) from refusal
        except ConnectionFailed as error:
            raise SessionFailed(error.failure, "connection") from error


@dataclass(frozen=True, slots=True)
class FolderVisit:
    r"""A visit with a folder open. `number` stands for the folder in message ids.

    `role` is the folder's role (`\Sent`), None when it has none. `opened` is the folder as it was when it was opened.
    `stayed`: it was open before the visit.
    """

    visit: MailVisit
    path: str
    role: str | None
    number: int
    opened: SelectedMailbox
    stayed: bool = False

    @property
    def client(self) -> ImapClient:
        """The session."""
        return self.visit.client

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers."""
        return self.visit.capabilities

    @property
    def exists(self) -> int:
        """The number of messages now, as far as the server told."""
        selected = self.client.selected
        return self.opened.exists if selected is None else selected.exists

    async def run(self, command: Command[T]) -> T:
        """Run a command in this folder. Raises what `MailVisit.run` raises."""
        self._check()
        return await self.visit.run(command)

    async def perform(self, composite: Composite[T]) -> T:
        """Run the commands of one operation in this folder. Raises what `MailVisit.run` raises."""
        self._check()
        return await self.visit.perform(composite)

    def _check(self) -> None:
        selected = self.client.selected
        if selected is None or selected.name != self.opened.name or selected.uidvalidity != self.opened.uidvalidity:
            raise dismissed()


@dataclass(frozen=True, slots=True)
class AtMessage:
    """A visit to the folder of one message. The message itself may be gone."""

    folder: FolderVisit
    uid: int


async def fetch_one(at: AtMessage, items: tuple[str, ...], *, largest: int | None = None) -> FetchData:
    """Return what the server tells of one message.

    Raises MessageNotFound when it is gone, IncompleteAnswer when it is there and the server told nothing about it.
    """
    uids = UidSet.from_iterable((at.uid,))
    told = await at.folder.run(Fetch(uids, items, largest=largest))
    found = next((data for data in told.messages if data.uid == at.uid), None)
    if found is not None and not told.some_gone:
        return found
    there = await at.folder.run(Search([b"UID %d" % at.uid]))
    if there.uids is not None and at.uid not in there.uids:
        raise MessageNotFound
    if found is None:
        raise IncompleteAnswer("The message is there, but the mail server told nothing about it. Try again later")
    return found
