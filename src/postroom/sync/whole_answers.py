"""Complete answers from servers that return only parts: asks for the rest after a pause, or in halves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields, replace
from typing import Final, TypeVar

from postroom.connections.clients.imap_client import ImapClient
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks, uid_argument, words
from postroom.imap.commands.command import Command, Composite
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.search import Search
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.sync.refusals import BACK_OFF, may_be_the_message, pause

T = TypeVar("T")

# Longer sets are split into several commands, because many servers limit a line to 8,000 octets.
SET_OCTETS: Final = 4000
# If a server refuses this many messages one by one, the server is at fault, not the messages.
_REFUSALS_BORNE: Final = 20
_VALUES: Final = tuple(each.name for each in fields(FetchData) if each.default is None)
_TABLES: Final = tuple(each.name for each in fields(FetchData) if each.default_factory is dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The messages that came, by UID. `refused` are messages that the server refuses to return.

    `cut_off` is the error that stopped the rest: the server kept refusing. `spared` means that the server refused the
    items that may be missing.
    """

    messages: dict[int, FetchData]
    refused: UidSet
    cut_off: CommandFailed | None = None
    spared: bool = False


class Answers:
    """Asks on one connection, with retries. Raises CommandFailed and ConnectionLost.

    `back_off` are the seconds before each retry of a command that the server refuses for now.
    """

    __slots__ = ("_back_off", "_client")

    def __init__(self, client: ImapClient, back_off: tuple[float, ...] = BACK_OFF) -> None:
        self._client = client
        self._back_off = back_off

    @property
    def back_off(self) -> tuple[float, ...]:
        """The pauses, in seconds."""
        return self._back_off

    async def run(self, make: Callable[[], Command[T]]) -> T:
        """Return the answer to a command. `make` creates it for each attempt."""
        return await self._patiently(lambda: self._client.run(make()))

    async def perform(self, make: Callable[[], Composite[T]]) -> T:
        """Return the answer to an operation of several commands. `make` creates it for each attempt."""
        return await self._patiently(lambda: self._client.perform(make()))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        while True:
            try:
                return await ask()
            except CommandFailed as refusal:
                seconds = pause(refusal, tries, self._back_off)
                if seconds is None:
                    raise
            tries += 1
            await asyncio.sleep(seconds)

    async def search(self, criteria: Chunks) -> UidSet:
        """Return the UIDs of the messages that match the search program."""
        return (await self.run(lambda: Search(list(criteria)))).uids or UidSet()

    async def there(self, uids: UidSet, criteria: Chunks | None = None) -> UidSet:
        """Return those of the UIDs that exist and match the `criteria`, if given."""
        found: list[UidSet] = []
        for part in uids.chunks(SET_OCTETS):
            asked = words(b"UID", uid_argument(part), *([criteria] if criteria else []))
            # A range that ends in * also matches the last message, even if its UID is lower (RFC 3501 section 6.4.8).
            found.append(await self.search(asked) & part)
        return UidSet.joined(found)

    async def fetch(
        self,
        uids: UidSet,
        items: tuple[str, ...],
        is_whole: Callable[[FetchData], bool],
        *,
        largest: int | None = None,
        spare: tuple[str, ...] = (),
    ) -> Fetched:
        """Fetch items of messages, some of which may be gone or refused; `largest` is as for `Fetch`.

        Messages that came before a NO count if `is_whole` accepts them. `spare` are further items that may be missing.
        After a refusal the server is asked at once without them.
        """
        collected = _Collected()
        waiting = list(uids.chunks(SET_OCTETS))
        tries = 0
        while waiting:
            part = waiting.pop()
            command = Fetch(part, (*items, *spare), largest=largest)
            try:
                collected.add(await self._messages(command))
                tries = 0
            except CommandFailed as refusal:
                came = [] if _may_be_made_up(refusal) else [each for each in command.take() if is_whole(each)]
                tries = 0 if collected.add(came) else tries
                part = part - UidSet.from_iterable(each.uid for each in came if each.uid is not None)
                if spare and may_be_the_message(refusal):
                    spare, collected.spared = (), True
                    waiting.append(part)
                    continue
                if may_be_the_message(refusal) and len(collected.refused) < _REFUSALS_BORNE:
                    waiting += await self._narrowed(part, collected)
                    continue
                seconds = pause(refusal, tries, self._back_off)
                if seconds is None:
                    return collected.result(refusal)
                tries += 1
                waiting += _in_halves(part)
                await asyncio.sleep(seconds)
        return collected.result(None)

    async def _messages(self, command: Fetch) -> Iterable[FetchData]:
        """Return the messages that exist. Some servers make up data for those that are gone; these are left out."""
        fetched = await self._client.run(command)
        if not fetched.some_gone or not fetched.messages:
            return fetched.messages
        told = UidSet.from_iterable(each.uid for each in fetched.messages if each.uid is not None)
        present = await self.there(told)
        return [each for each in fetched.messages if each.uid in present]

    async def _narrowed(self, part: UidSet, collected: _Collected) -> list[UidSet]:
        """Return the smaller sets to ask for, to find the refused message; none once it is found."""
        if part.max == MAX_NUMBER and part.min is not None:
            # The size of an open-ended set is unknown, so it cannot be halved.
            part = part & await self.there(UidSet.beginning(part.min))
        if len(part) > 1:
            return _in_halves(part)
        collected.refused.extend(part)
        return []


class _Collected:
    """The messages received so far."""

    __slots__ = ("messages", "refused", "spared")

    def __init__(self) -> None:
        self.messages: dict[int, FetchData] = {}
        self.refused: list[int] = []
        self.spared = False

    def add(self, messages: Iterable[FetchData]) -> bool:
        """Keep messages; return whether there were any."""
        came = False
        for each in messages:
            if each.uid is not None:
                came = True
                before = self.messages.get(each.uid)
                self.messages[each.uid] = each if before is None else _joined(before, each)
        return came

    def result(self, cut_off: CommandFailed | None) -> Fetched:
        """Return the final result. If the server itself is at fault, no message counts as refused."""
        fails = cut_off is not None and may_be_the_message(cut_off)
        refused = UidSet() if fails else UidSet.from_iterable(self.refused)
        return Fetched(self.messages, refused, cut_off, self.spared)


def _joined(before: FetchData, now: FetchData) -> FetchData:
    """Return the data of one message that a server split over two responses. What the later one tells counts."""
    kept = {name: getattr(before, name) for name in _VALUES if getattr(now, name) is None}
    told = {name: getattr(before, name) | getattr(now, name) for name in _TABLES}
    return replace(now, **kept, **told)


def _in_halves(part: UidSet) -> list[UidSet]:
    """Return the set in two halves, the first half last because it is asked for first. Open-ended sets stay whole."""
    if len(part) < 2 or part.max == MAX_NUMBER:
        return [part] if part else []
    return list(part.batches((len(part) + 1) // 2))[::-1]


def _may_be_made_up(refusal: CommandFailed) -> bool:
    """Whether a refused answer may contain made-up data for messages that are gone (RFC 2180 section 4.1.3)."""
    return refusal.code is not None and refusal.code.name == "EXPUNGEISSUED"
