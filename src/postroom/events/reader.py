"""The service that reads the event log, each time in a transaction of its own."""

from __future__ import annotations

from functools import partial
from typing import Final

from postroom.events import cursor, store
from postroom.events.model import EVERYTHING, EventNotFound, EventsPage, LoggedEvent, WantedEvents
from postroom.events.sending import SENDING
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database

_CLOCKS_DIFFER: Final = 60_000


@dataclass(frozen=True, slots=True)
class EventReader:
    """The event log of one installation. Every method raises StorageUnavailable."""

    db: Database

    async def page(self, after: int | None, *, wanted: WantedEvents = EVERYTHING, limit: int = 100) -> EventsPage:
        """Return the next events after a cursor; None begins at the oldest kept. Raises CursorExpired."""
        return await self.db.read(partial(cursor.page, after=after, wanted=wanted, limit=limit))

    async def demand(self, after: int) -> None:
        """Raise CursorExpired unless a reader can continue from this cursor."""
        await self.page(after, limit=1)

    async def here(self) -> int:
        """Return the cursor of a reader that begins now."""
        return await self.db.read(cursor.here)

    async def newest_of(self, account: str, limit: int = 20) -> list[LoggedEvent]:
        """Return the newest events of an account id, the newest first."""
        return await self.db.read(partial(store.newest_of, account=account, limit=limit))

    async def of_message(self, account: str, queue_id: str, since: int, limit: int = 100) -> list[LoggedEvent]:
        """Return what the log tells of a message of the outbox, in order. `since` is when it was submitted.

        `queue_id` is that of a message: letters and digits.
        """
        member = f'"queueId":"{queue_id}"'
        # Events may be a little older than the message: the clocks of two nodes differ.
        look = partial(store.of_message, account=account, member=member, types=SENDING, since=since - _CLOCKS_DIFFER)
        return await self.db.read(partial(look, limit=limit))

    async def newest_before(
        self, before: int | None, *, wanted: WantedEvents = EVERYTHING, limit: int = 50
    ) -> list[LoggedEvent]:
        """Return the newest events below a number (None: of all), the newest first."""
        return await self.db.read(partial(store.newest_before, before=before, wanted=wanted, limit=limit))

    async def number_of(self, event_id: str) -> int:
        """Return the number of the event with this id. Raises EventNotFound."""
        found = await self.db.read(partial(store.number_of, event_id=event_id))
        if found is None:
            raise EventNotFound("There is no event with this id, or it is no longer kept.")
        return found

    async def newest(self) -> int:
        """Return the number of the newest event, 0 when there has been none."""
        return await self.db.read(cursor.newest)
