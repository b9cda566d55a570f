"""Extra connections for the folders in `subconnections`: each waits for news of one folder and passes them on.

News are only hints: the account's first connection then checks the folder itself. An error of an extra connection does
not affect the account. The account's `sync` object shows it, and the connection is opened again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NoReturn

from postroom.accounts.journal import LeaseLost
from postroom.accounts.known.last_error import LastError, internal_failure, last_error_of
from postroom.accounts.known.sync_told import Subconnection
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound
from postroom.clock import iso
from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import ABUSE, ConnectionFailed, Failure, SignInRefused, judge
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.select import Select
from postroom.imap.errors import ImapError
from postroom.log import get_logger
from postroom.loops import run_once
from postroom.sessions.failures import SessionFailed
from postroom.sessions.quirks import Quirks
from postroom.settings import Settings
from postroom.sync.account.engine import ROUNDS_AT_ONCE, ROUNDS_PER_SECOND
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.watching.pace import Pace
from postroom.sync.watching.watch import Requests, WatchPause
from postroom.words.strangers import Words

log = get_logger("sync")

OpenClient = Callable[[], Awaitable[ImapClient]]
FIRST_DELAY: Final = 2.0
LONG_DELAY: Final = 600.0
"""Seconds to wait after refused credentials, which the first connection deals with (many attempts would lock the
mailbox), after a server sent too many octets, and after an error of our own."""

_GROWTH: Final = 1.5
_LONGEST_DELAY: Final = 30.0

_WAIT: Final = "Wait: the database does not answer, and the connection is tried again by itself."


@dataclass(frozen=True, slots=True)
class Extras:
    """What the extra connections of an account need. `open_client` opens a session like the account's first one.

    It raises the errors of `Sessions.open`.
    """

    ledger: AccountLedger
    settings: Settings
    requests: Requests
    quirks: Quirks
    open_client: OpenClient


def beside(main: Awaitable[None], extras: Extras, folders: Sequence[tuple[str, bytes | str]]) -> Awaitable[None]:
    """Run `main`, the watch of the first connection, and one more connection for each folder (path, name on the wire).

    It ends when `main` ends, with its error. Errors of an extra connection never reach the account, except LeaseLost.
    Most accounts have no such folder. Then there is `main` alone, and nothing else is kept.
    """
    return _beside(main, extras, folders) if folders else main


async def _beside(main: Awaitable[None], extras: Extras, folders: Sequence[tuple[str, bytes | str]]) -> None:
    board = _Board(extras.ledger, [path for path, _ in folders])
    try:
        async with asyncio.TaskGroup() as group:
            for path, raw_name in folders:
                extra = _Extra(extras, board, path, raw_name)
                group.create_task(extra.keep(), name=f"extra connection {path}")
            await main
    except BaseExceptionGroup as errors:
        raise (errors.subgroup(LeaseLost) or errors).exceptions[0] from None


class _Extra:
    """The connection for one folder, opened again and again."""

    __slots__ = ("_account", "_board", "_delay", "_extras", "_opened_at", "_path", "_raw_name")

    def __init__(self, extras: Extras, board: _Board, path: str, raw_name: bytes | str) -> None:
        self._extras = extras
        self._board = board
        self._account = extras.ledger.lease.account
        self._path = path
        self._raw_name = raw_name
        self._delay = FIRST_DELAY
        self._opened_at: float | None = None

    async def keep(self) -> None:
        """Connect and listen, and start again after a pause, forever. Raises LeaseLost."""
        while True:
            self._opened_at = None
            ended = await self._ended()
            if isinstance(ended, LeaseLost):
                raise ended
            delay = self._pause(ended)
            log.info(
                "extra connection ended", account=self._account, path=self._path, error=ended.response, pause=delay
            )
            await self._board.tell(self._path, *self._told(ended, delay))
            await asyncio.sleep(delay)

    async def _ended(self) -> Failure | LeaseLost:
        """Run one connection and return the error that ended it; log an unexpected one."""
        ended: Failure | LeaseLost = internal_failure("sync")

        async def have() -> None:
            nonlocal ended
            ended = await self._have()

        await run_once(f"extra connection {self._path} of {self._account}", have)
        return ended

    async def _have(self) -> Failure | LeaseLost:
        try:
            client = await self._extras.open_client()
            try:
                await self._listen(client)
            finally:
                client.close()
        except LeaseLost as error:
            return error
        except AccountNotFound:
            return LeaseLost(self._account)
        except SessionFailed as error:
            return error.failure
        except StorageFailed as error:
            return Failure("connection", "login", error.code, Words(error.message), _WAIT, error.retry_after)
        except (ConnectionFailed, SignInRefused, ImapError) as error:
            return judge(error, "login" if self._opened_at is None else "sync")

    async def _listen(self, client: ImapClient) -> NoReturn:
        """Wait for news of the folder until an error ends the connection."""
        settings, requests = self._extras.settings, self._extras.requests
        await client.run(Select(self._raw_name, read_only=True))
        self._opened_at = asyncio.get_running_loop().time()
        await self._board.tell(self._path, State.CONNECTED)
        # Check at once for changes from before the folder was open.
        requests.hint(self._path)
        waiting = WatchPause(client, settings, self._extras.quirks)
        pace = Pace(ROUNDS_AT_ONCE, ROUNDS_PER_SECOND)
        while True:
            await asyncio.sleep(pace.take(asyncio.get_running_loop().time()))
            if await waiting.wait(settings.resync_interval):
                requests.hint(self._path)

    def _pause(self, failure: Failure) -> float:
        """Return the seconds to wait before the next attempt."""
        now = asyncio.get_running_loop().time()
        if self._opened_at is not None and now - self._opened_at >= self._extras.settings.stable_after:
            self._delay = FIRST_DELAY
        if failure.kind == "authentication" or failure.code == ABUSE or failure == internal_failure("sync"):
            return LONG_DELAY
        delay, self._delay = self._delay, min(self._delay * _GROWTH, _LONGEST_DELAY)
        return max(delay, failure.retry_after or 0.0)

    def _told(self, failure: Failure, delay: float) -> tuple[State, LastError, str]:
        """Return how the account shows a failure: the state (an account's term), the error, and the next attempt."""
        now = self._extras.ledger.now()
        if failure.kind == "authentication":
            state = State.AUTHENTICATION_ERROR
        else:
            state = State.CONNECT_ERROR if self._opened_at is None else State.DISCONNECTED
        return state, last_error_of(failure, now), iso(now + int(delay * 1000))


class _Board:
    """The extra connections as the account shows them, and their number."""

    __slots__ = ("_ledger", "_shown")

    def __init__(self, ledger: AccountLedger, paths: Sequence[str]) -> None:
        self._ledger = ledger
        self._shown = {path: Subconnection(path, State.CONNECTING) for path in paths}

    async def tell(
        self, path: str, state: State, error: LastError | None = None, next_attempt: str | None = None
    ) -> None:
        """Write the new state of one connection. Raises LeaseLost."""
        self._shown[path] = Subconnection(path, state, error, next_attempt)
        self._ledger.progress.subconnections = list(self._shown.values())
        is_open = [each for each in self._shown.values() if each.state is State.CONNECTED]
        lost: LeaseLost | None = None

        async def note() -> None:
            nonlocal lost
            try:
                await self._ledger.note(1 + len(is_open))
            except LeaseLost as found:
                lost = found

        await run_once(f"noting extra connections of {self._ledger.lease.account}", note)
        if lost is not None:
            raise lost
