"""What callers read of protocol logs."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from postroom.accounts.settings.requests import is_storable
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.protocol_logs import piece_store
from postroom.protocol_logs.pieces import MOST_LINES, in_order
from postroom.protocol_logs.recorder import Recorder
from postroom.protocol_logs.taps import Taps
from postroom.storage.database import Database
from postroom.tasks import aside

__all__ = ["ProtocolLogs"]


@dataclass(frozen=True, slots=True)
class ProtocolLogs:
    """The protocol logs of one installation. `taps` and `recorder` are those of this process."""

    db: Database
    runtime: RuntimeSettings
    taps: Taps
    recorder: Recorder

    async def lines(self, account: str) -> list[str]:
        """Return the lines of an account, JSON objects, oldest first; none if it is unknown or has no log.

        Lines that other processes have heard in the last second may be missing. Raises StorageUnavailable.
        """
        if not is_storable(account):
            return []
        with suppress(StorageFailed):
            await self.recorder.flush()
        most = (await self.runtime.get()).logs.max_log_lines
        found = await self.db.read(partial(piece_store.bodies, account=account))
        return (await aside(len(found) * MOST_LINES, lambda: in_order(found)))[-most:]
