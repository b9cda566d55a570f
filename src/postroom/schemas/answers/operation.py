"""What answers tell the operator: health, and the nodes of the cluster. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.answers.told import Time


class Healthy(TypedDict):
    """It works. `warnings` tell what a person should look into."""

    success: bool
    warnings: NotRequired[list[str]]


NodeState = TypeAliasType("NodeState", Literal["active", "draining"])


class Load(TypedDict):
    """What a node wrote beside its last heartbeat; null before the first, and for an older version."""

    cpu: Annotated[float | None, Field(description="Processors in use since the heartbeat before; 1.0 is one")]
    memory: Annotated[int | None, Field(description="Memory in use, in bytes")]
    runners: Annotated[int | None, Field(description="Accounts that run in the process")]


class ClusterNode(TypedDict):
    """One process of the cluster."""

    id: str
    version: str
    host: str
    since: Time
    state: NodeState
    accounts: Annotated[int | None, Field(description="Accounts it runs; null for a version that does not tell")]
    lastHeartbeat: Time
    load: Load


class ClusterNodes(TypedDict):
    """All nodes, the longest in the cluster first."""

    nodes: list[ClusterNode]


class NodeChanged(TypedDict):
    """What is wanted of a node now; its accounts follow within seconds."""

    id: str
    state: NodeState
