"""Lends a session that has just answered: servers close idle ones, and a change must not meet such a session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from postroom.imap.commands.session import Noop
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["alive_session"]

_TRIES: Final = 3


@asynccontextmanager
async def alive_session(visits: MailVisits, account: str, allowed: TimeAllowed) -> AsyncIterator[MailVisit]:
    """Lend a session without a folder for the block, as `MailVisits.session` does, and raise what it raises."""
    async with AsyncExitStack() as stack:
        for tries_left in range(_TRIES - 1, -1, -1):
            visit = await stack.enter_async_context(visits.session(account, allowed))
            try:
                await visit.run(Noop())
            except SessionFailed as error:
                if not tries_left or error.stage != "connection":
                    raise
                await stack.aclose()
                continue
            yield visit
            return
