"""One exchange of the deliverer that goes along in the transaction that appends an event.

The event is then routed, and its lane claimed, by the time it is committed. So there is one transaction for the event
and its delivery, and nobody has to be woken to look for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from postroom.errors import StorageFailed
from postroom.storage.statements.connection import Connection
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order, Taken, exchange

__all__ = ["DeliveryRide", "RideEnd"]


@dataclass(frozen=True, slots=True)
class RideEnd:
    """How a ride ended. `taken` is None when nothing came of it; `is_sure` says that then nothing was stored."""

    order: Order
    taken: Taken | None
    is_sure: bool = True


@dataclass(slots=True)
class DeliveryRide:
    """An order on its way. `end` is called once, on the loop's thread."""

    order: Order
    directory: EndpointDirectory
    end: Callable[[RideEnd], None]
    _taken: Taken | None = field(default=None, init=False)
    _broke: bool = field(default=False, init=False)

    def work(self, conn: Connection) -> bool:
        """Run the exchange; return whether every lane with a new delivery was claimed here, so nobody else is needed.

        A transaction that is tried again comes here again.
        """
        self._broke = True
        self._taken = taken = exchange(conn, self.order, self.directory)
        self._broke = False
        mine = {(lane.endpoint, lane.lane) for lane in taken.lanes}
        return taken.wait is None and taken.opened <= mine

    def committed(self) -> None:
        """The transaction was committed."""
        self.end(RideEnd(self.order, self._taken))

    def failed(self, error: BaseException) -> bool:
        """The transaction failed; return whether that was the fault of the exchange, and all of it was undone."""
        is_sure = not isinstance(error, StorageFailed | asyncio.CancelledError)
        self.end(RideEnd(self.order, None, is_sure and not self._broke))
        return is_sure and self._broke and isinstance(error, Exception)
