"""The nodes: what each runs and bears, and the buttons that make one hand over its accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from postroom.attention.judging import SILENT_MS
from postroom.cluster.node import Node, NodeNotFound
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.overview.ways import NODES
from postroom.web.dashboard.rendering import moved, page, part

__all__ = ["PAGES", "NodeLine", "drain", "end_drain", "node_line", "show"]


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node as it is shown: its state, its load, and where its buttons lead. `memory` is in mebibytes."""

    node: Node
    state: str
    cpu: float | None
    memory: int | None
    waiting: int
    path: str


def node_line(node: Node) -> NodeLine:
    """Return a node as it is shown."""
    load = node.load or {}
    memory, cpu = load.get("memory"), load.get("cpu")
    return NodeLine(
        node,
        "lost" if node.age > SILENT_MS else "draining" if node.draining else "live",
        cpu,
        memory // 2**20 if memory is not None else None,
        sum((load.get("waiting") or {}).values()),
        f"{NODES}/{quote(node.id, safe='')}",
    )


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/nodes"""
    lines = [node_line(node) for node in await desk.nodes.all()]
    values = {
        "lines": lines,
        "accounts": sum(line.node.accounts or 0 for line in lines),
        "cpu": sum(line.cpu or 0.0 for line in lines),
        "memory": sum(line.memory or 0 for line in lines),
        "waiting": sum(line.waiting for line in lines),
        "taking": sum(not line.node.draining for line in lines),
        "path": NODES,
    }
    return part("nodes_now.html", visit, values) if visit.wants_part else page("nodes.html", visit, values)


async def drain(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/nodes/{node}/drain"""
    return await _asked(visit, desk.nodes.drain, "hands over its accounts")


async def end_drain(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/nodes/{node}/end-drain"""
    return await _asked(visit, desk.nodes.end_drain, "takes accounts again")


async def _asked(visit: DeskVisit, ask: Callable[[str], Awaitable[None]], done: str) -> Response:
    node = visit.path["node"]
    try:
        await ask(node)
    except NodeNotFound:
        return moved(NODES, f"The node {node} has left already.", tone="wait")
    return moved(NODES, f"The node {node} {done}.")


PAGES: Final = (
    DeskPage("GET", NODES, show),
    DeskPage("POST", f"{NODES}/{{node}}/drain", drain),
    DeskPage("POST", f"{NODES}/{{node}}/end-drain", end_drain),
)
