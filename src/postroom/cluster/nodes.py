"""The nodes of the cluster as callers may see them, and the wish that one of them gives its accounts away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from postroom.cluster import nodes_store
from postroom.cluster.node import Node
from postroom.storage.database import Database


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of one installation."""

    db: Database

    async def all(self) -> list[Node]:
        """Return all nodes, the longest in the cluster first. Raises StorageUnavailable."""
        return await self.db.read(nodes_store.members)

    async def drain(self, node: str) -> None:
        """Ask a node to give its accounts away. Raises NodeNotFound, StorageUnavailable."""
        await self.db.write(partial(nodes_store.set_draining, node=node, wanted=True))

    async def end_drain(self, node: str) -> None:
        """Let a node take accounts again. Raises NodeNotFound, StorageUnavailable."""
        await self.db.write(partial(nodes_store.set_draining, node=node, wanted=False))
