"""Runs the sending of one process: messages that are due, what follows them, reports that come in, and pruning."""

from __future__ import annotations

import asyncio

from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.opening import Sessions
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.submission.afterwards.run import Afterwards
from postroom.submission.copy_wishes import CopyWishes
from postroom.submission.delivery.sender import Sender
from postroom.submission.outbox.pruner import OutboxPruner
from postroom.submission.reports.follower import ReportFollower
from postroom.submission.transmission.connections import SendingConnections

__all__ = ["Sending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Everything that sends in one process. `grace`: seconds that messages under way may still take at shutdown.

    `lanes` is how many accounts it sends for at a time.
    """

    db: Database
    box: SecretBox
    runtime: RuntimeSettings
    accounts: Accounts
    sessions: Sessions
    visits: MailVisits
    node_id: str
    grace: float
    lanes: int
    figures: Figures

    async def run(self) -> None:
        """Send until cancelled. The connections close after the last message."""
        connections = SendingConnections(self.sessions, self.accounts)
        async with asyncio.TaskGroup() as kept:
            closing = kept.create_task(connections.run(), name="connections to send over")
            try:
                await self._work(connections)
            finally:
                closing.cancel()

    async def _work(self, connections: SendingConnections) -> None:
        db, node_id = self.db, self.node_id
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sender(connections).run(), name="sending")
            afterwards = Afterwards(db=db, box=self.box, visits=self.visits, node_id=node_id)
            group.create_task(afterwards.run(), name="after sending")
            follower = ReportFollower(db=db, visits=self.visits, node_id=node_id, wants_copy=CopyWishes(db).copies)
            group.create_task(follower.run(), name="reports about deliveries")
            group.create_task(OutboxPruner(db=db, runtime=self.runtime).run(), name="outbox pruning")

    def _sender(self, connections: SendingConnections) -> Sender:
        return Sender(
            db=self.db,
            box=self.box,
            runtime=self.runtime,
            accounts=self.accounts,
            connections=connections,
            node_id=self.node_id,
            grace=self.grace,
            lanes=self.lanes,
            figures=self.figures,
        )
