"""Waits for news in IDLE, and ends it with DONE.

News end an IDLE, and a question follows. A server that reads on after DONE gets both in one write, and its answer to
IDLE is read later. That saves one exchange with the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from postroom.connections.clients.patience import answered, let_go, seen
from postroom.connections.clients.session import News, Session
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.idle import Idle
from postroom.imap.responses import FetchData

__all__ = ["Idling"]


class Idling:
    """The IDLE of one session; `wait` is as `ImapClient.idle` describes it."""

    __slots__ = ("_ending", "_session", "_timeouts")

    def __init__(self, session: Session, timeouts: Timeouts) -> None:
        self._session = session
        self._timeouts = timeouts
        # The answer to an IDLE that was ended and not waited for yet.
        self._ending: asyncio.Future[None] | None = None

    async def wait(self, timeout: float, *, reads_on: bool) -> list[News]:
        session = self._session
        await self._read_answer()
        if news := session.take_news():
            return news
        command = Idle(reads_on=reads_on)
        answer = session.send(command)
        loop = asyncio.get_running_loop()
        start = loop.call_later(self._timeouts.command, self._demand_start, command)
        # A timer and no `asyncio.timeout`: each of thousands of idle sessions has one.
        end = loop.call_later(timeout, session.wake)
        try:
            await session.wait(answer)
            # A timer that fires later would end the next IDLE.
            end.cancel()
            session.connection.end_idle()
            if reads_on and command.started and _goes_on(session.news):
                self._ending = answer
                answer.add_done_callback(seen)
            else:
                session.flush()
                await self._answered(answer)
        finally:
            start.cancel()
            end.cancel()
            if self._ending is None:
                # Even when this call is cancelled: otherwise the next command would wait for an IDLE that nobody ends.
                session.connection.end_idle()
                session.flush()
                let_go(answer)
        return session.take_news()

    async def _read_answer(self) -> None:
        """Wait until the server has answered the IDLE that was ended last."""
        answer, self._ending = self._ending, None
        if answer is not None:
            self._session.flush()
            try:
                await self._answered(answer)
            finally:
                let_go(answer)

    async def _answered(self, answer: asyncio.Future[None]) -> None:
        await answered(self._session, answer, Idle.name, self._timeouts.idle_end, self._timeouts.command)

    def _demand_start(self, command: Idle) -> None:
        """Give up a server that has not started IDLE, unless it is still answering earlier commands."""
        if not command.started and self._session.pending == 1:
            self._session.end(TimeoutError(f"IDLE did not begin within {self._timeouts.command:g} s"))


def _goes_on(news: Sequence[News]) -> bool:
    """Whether a question may follow these news at once.

    Until IDLE is answered, messages may be removed, and the sequence numbers of others change (RFC 3501 section 5.5).
    """
    return bool(news) and not any(isinstance(each, FetchData) and each.uid is None for each in news)
