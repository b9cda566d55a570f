"""Handlers for the nodes of the cluster."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.showing.nodes import cluster_node, node_state


async def list_nodes(api: Api, call: Call) -> Response:
    """GET /v1/nodes"""
    return answer({"nodes": [cluster_node(node) for node in await api.nodes.all()]})


async def drain(api: Api, call: Call) -> Response:
    """POST /v1/nodes/{id}/drain"""
    await api.nodes.drain(call.path["id"])
    return answer({"id": call.path["id"], "state": node_state(draining=True)})


async def end_drain(api: Api, call: Call) -> Response:
    """DELETE /v1/nodes/{id}/drain"""
    await api.nodes.end_drain(call.path["id"])
    return answer({"id": call.path["id"], "state": node_state(draining=False)})
