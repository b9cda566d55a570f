"""Handlers for the nodes of the cluster."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import iso
from postroom.cluster.nodes_store import Node, members, set_draining


async def list_nodes(api: Api, call: Call) -> Response:
    """GET /v1/nodes"""
    return answer({"nodes": [_shown(node) for node in await api.db.read(members)]})


async def drain(api: Api, call: Call) -> Response:
    """POST /v1/nodes/{id}/drain"""
    return await _set(api, call.path["id"], True)


async def end_drain(api: Api, call: Call) -> Response:
    """DELETE /v1/nodes/{id}/drain"""
    return await _set(api, call.path["id"], False)


async def _set(api: Api, node: str, wanted: bool) -> Response:
    await api.db.write(lambda conn: set_draining(conn, node, wanted))
    return answer({"id": node, "state": _state(wanted)})


def _shown(node: Node) -> dict[str, Any]:
    load = node.load or {}
    return {
        "id": node.id,
        "version": node.version,
        "host": node.host,
        "since": iso(node.started_at),
        "state": _state(node.draining),
        "accounts": node.accounts,
        "lastHeartbeat": iso(node.heartbeat_at),
        "load": {"cpu": load.get("cpu"), "memory": load.get("memory"), "runners": load.get("runners")},
    }


def _state(draining: bool) -> str:
    return "draining" if draining else "active"
