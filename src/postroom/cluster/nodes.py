"""The service for nodes: lists them, and asks one to hand over its accounts."""

from __future__ import annotations

from functools import partial

from postroom.cluster import nodes_store
from postroom.cluster.node import Node
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of one installation."""

    db: Database

    async def all(self) -> list[Node]:
        """Return all nodes, in the order in which they joined. Raises StorageUnavailable."""
        return await self.db.read(nodes_store.members)

    async def drain(self, node: str) -> None:
        """Ask a node to hand over its accounts. Raises NodeNotFound, StorageUnavailable."""
        await self.db.write(partial(nodes_store.set_draining, node=node, wanted=True))

    async def end_drain(self, node: str) -> None:
        """Let a node take accounts again. Raises NodeNotFound, StorageUnavailable."""
        await self.db.write(partial(nodes_store.set_draining, node=node, wanted=False))
