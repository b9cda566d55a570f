"""The types of answers for the operator: health, nodes and statistics. Pure."""

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


Engine = TypeAliasType("Engine", Literal["sqlite", "postgresql"])
Age = Annotated[int, Field(description="Seconds that the oldest of them has waited; 0 without any")]


class WebhookQueue(TypedDict):
    """The webhooks that are not delivered yet."""

    waiting: Annotated[int, Field(description="Deliveries that are not finished")]
    oldestAge: Age


class SubmitQueue(TypedDict):
    """The messages that are not sent yet."""

    active: Annotated[int, Field(description="Messages being sent now")]
    waiting: Annotated[int, Field(description="Messages that are due")]
    delayed: Annotated[int, Field(description="Messages whose time or next attempt is later")]
    paused: Annotated[int, Field(description="Messages that wait for the end of a pause")]
    unknown: Annotated[int, Field(description="Messages of which nobody knows whether they were sent")]
    oldestAge: Annotated[int, Field(description="Seconds that the oldest due message has waited; 0 without any")]


class Queues(TypedDict):
    """What waits."""

    notify: WebhookQueue
    submit: SubmitQueue


class Stats(TypedDict):
    """What the installation is and did. The figures of all nodes are added up."""

    version: str
    database: Engine
    accounts: Annotated[int, Field(description="The number of accounts")]
    nodes: Annotated[int, Field(description="The number of nodes")]
    connections: Annotated[dict[str, int], Field(description="The number of accounts in each state")]
    queues: Queues
    seconds: Annotated[int, Field(description="The window of `counters`; it is rounded up to whole minutes")]
    counters: Annotated[
        dict[str, int],
        Field(description="What happened in the window, by family and kind, such as `events:messageNew`"),
    ]
