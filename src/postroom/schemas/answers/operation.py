"""The types of answers for the operator: health and nodes. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.told import Time


class Healthy(TypedDict):
    """The gateway works. `warnings` say what the operator should look into."""

    success: bool
    warnings: NotRequired[list[str]]


NodeState = TypeAliasType("NodeState", Literal["active", "draining"])


class Load(TypedDict):
    """The load that a node reported with its last heartbeat; null before the first one, and for older versions."""

    cpu: Annotated[
        float | None, Field(description="Processors in use since the previous heartbeat; 1.0 is one processor")
    ]
    memory: Annotated[int | None, Field(description="Memory in use, in bytes")]
    runners: Annotated[int | None, Field(description="Accounts that run in the process")]


class ClusterNode(TypedDict):
    """A node: one process of the cluster."""

    id: str
    version: str
    host: str
    since: Time
    state: NodeState
    accounts: Annotated[
        int | None, Field(description="The accounts that the node runs; null for a version that does not report it")
    ]
    lastHeartbeat: Time
    load: Load


class ClusterNodes(TypedDict):
    """All nodes, in the order in which they joined."""

    nodes: list[ClusterNode]


class NodeChanged(TypedDict):
    """The state that was requested of a node. Its accounts follow within seconds."""

    id: str
    state: NodeState
