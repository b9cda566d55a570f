"""A folder of the scriptable server, open for a change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postroom.mailboxes.visit import FolderVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits

MAIL = b"Message-ID: <%d@example.com>\r\nSubject: S\r\n\r\nhello\r\n"


@asynccontextmanager
async def at(visits: MailVisits, path: str = "INBOX") -> AsyncIterator[FolderVisit]:
    """A visit that writes."""
    async with visits.folder("a", path, soon(), writes=True) as folder:
        yield folder


def soon() -> TimeAllowed:
    """Time enough."""
    return TimeAllowed.after(10.0)
