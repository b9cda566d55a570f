"""The routes of nodes, statistics, figures, health and the reference."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import health, nodes
from postroom.api.pipeline.route import Route
from postroom.api.reference import handlers as reference
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE, DIAGNOSTICS, LOGS, METRICS, OPEN
from postroom.schemas.answers import operation as op_ans
from postroom.schemas.examples import operation as op_ex
from postroom.schemas.requests import queries as query_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listNodes", "GET", "/v1/nodes", nodes.list_nodes, ADMIN_READ, "List nodes of the cluster", "Operation",
          op_ans.ClusterNodes, op_ex.NODES),
    Route("drainNode", "POST", "/v1/nodes/{id}/drain", nodes.drain, ADMIN,
          "Drain node", "Operation",
          op_ans.NodeChanged, op_ex.NODE_DRAINING, body=query_req.Nothing, body_example={}, body_optional=True),
    Route("endNodeDrain", "DELETE", "/v1/nodes/{id}/drain", nodes.end_drain, ADMIN_REMOVE,
          "End the drain of a node",
          "Operation", op_ans.NodeChanged, op_ex.NODE_ACTIVE),
    Route("getStats", "GET", "/v1/stats", health.get_stats, DIAGNOSTICS, "Get statistics", "Operation",
          op_ans.Stats, op_ex.STATS, query_req.StatsQuery),
    Route("getLog", "GET", "/v1/logs/{account}", health.get_log, LOGS, "Get protocol log of account", "Operation",
          str, op_ex.LOG, media_type="text/plain"),
    Route("getMetrics", "GET", "/metrics", health.metrics, METRICS, "Get metrics for Prometheus", "Operation",
          str, op_ex.METRICS, media_type="text/plain"),
    Route("getHealth", "GET", "/health", health.health, OPEN,
          "Check that the gateway works", "Operation", op_ans.Healthy, op_ex.HEALTHY, errors=(503,)),
    Route("getLiveness", "GET", "/health/live", health.live, OPEN,
          "Check that the process answers", "Operation", op_ans.Healthy, op_ex.HEALTHY),
    Route("getOpenapiDocument", "GET", "/openapi.json", reference.document, OPEN,
          "Get this document", "Operation", dict[str, object], {}),
    Route("getSwaggerDocument", "GET", "/swagger.json", reference.document, OPEN,
          "Get this document (older path)", "Operation",
          dict[str, object], {}),
    Route("getReference", "GET", "/docs", reference.page, OPEN, "Read the reference", "Operation",
          str, "<!doctype html>", media_type="text/html"),
)
UNLISTED: Final[tuple[Route, ...]] = (
    Route("getFrontPage", "GET", "/", reference.lead, OPEN, "Redirect to the reference", "Pages", str, "",
          query_req.AnyQuery),
    *(Route("getReferenceFile", "GET", path, reference.file, OPEN, "Get a file of the reference", "Pages", str, "",
            query_req.AnyQuery) for path in (reference.STYLE, reference.SCRIPT, reference.ICON)),
)
"""Paths for browsers. They are served, but they are not part of the API or its document."""
# fmt: on
