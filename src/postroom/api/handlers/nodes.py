"""Handlers for the nodes of the cluster."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import iso
from postroom.cluster.nodes_store import Node


async def list_nodes(api: Api, call: Call) -> Response:
    """GET /v1/nodes"""
    return answer({"nodes": [_shown(node) for node in await api.nodes.all()]})


async def drain(api: Api, call: Call) -> Response:
    """POST /v1/nodes/{id}/drain"""
    await api.nodes.drain(call.path["id"])
    return answer({"id": call.path["id"], "state": _state(draining=True)})


async def end_drain(api: Api, call: Call) -> Response:
    """DELETE /v1/nodes/{id}/drain"""
    await api.nodes.end_drain(call.path["id"])
    return answer({"id": call.path["id"], "state": _state(draining=False)})


def _shown(node: Node) -> dict[str, Any]:
    load = node.load or {}
    return {
        "id": node.id,
        "version": node.version,
        "host": node.host,
        "since": iso(node.started_at),
        "state": _state(draining=node.draining),
        "accounts": node.accounts,
        "lastHeartbeat": iso(node.heartbeat_at),
        "load": {"cpu": load.get("cpu"), "memory": load.get("memory"), "runners": load.get("runners")},
    }


def _state(*, draining: bool) -> str:
    return "draining" if draining else "active"
