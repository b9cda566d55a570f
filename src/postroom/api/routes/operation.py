"""The routes of nodes, statistics, figures, health and the reference."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import health, nodes
from postroom.api.pipeline.route import Route
from postroom.api.reference import handlers as reference
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE, DIAGNOSTICS, LOGS, METRICS, OPEN
from postroom.schemas.requests import queries as query_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listNodes", "GET", "/v1/nodes", nodes.list_nodes, ADMIN_READ, "List nodes of the cluster", "Operation"),
    Route("drainNode", "POST", "/v1/nodes/{id}/drain", nodes.drain, ADMIN, "Drain node", "Operation",
          body=query_req.Nothing, body_optional=True),
    Route("endNodeDrain", "DELETE", "/v1/nodes/{id}/drain", nodes.end_drain, ADMIN_REMOVE, "End the drain of a node",
          "Operation"),
    Route("getStats", "GET", "/v1/stats", health.get_stats, DIAGNOSTICS, "Get statistics", "Operation",
          query_req.StatsQuery),
    Route("getLog", "GET", "/v1/logs/{account}", health.get_log, LOGS, "Get protocol log of account", "Operation",
          media_type="text/plain"),
    Route("getMetrics", "GET", "/metrics", health.metrics, METRICS, "Get metrics for Prometheus", "Operation",
          media_type="text/plain"),
    Route("getHealth", "GET", "/health", health.health, OPEN, "Check that the gateway works", "Operation",
          errors=(503,)),
    Route("getLiveness", "GET", "/health/live", health.live, OPEN, "Check that the process answers", "Operation"),
    Route("getOpenapiDocument", "GET", "/openapi.json", reference.document, OPEN, "Get this document", "Operation"),
    Route("getSwaggerDocument", "GET", "/swagger.json", reference.document, OPEN, "Get this document (older path)",
          "Operation"),
    Route("getReference", "GET", "/docs", reference.page, OPEN, "Read the reference", "Operation",
          media_type="text/html"),
)
UNLISTED: Final[tuple[Route, ...]] = (
    Route("getFrontPage", "GET", "/", reference.lead, OPEN, "Redirect to the reference", "Pages", query_req.AnyQuery),
    *(Route("getReferenceFile", "GET", path, reference.file, OPEN, "Get a file of the reference", "Pages",
            query_req.AnyQuery) for path in (reference.STYLE, reference.SCRIPT, reference.ICON)),
)
"""Paths for browsers. They are served, but they are not part of the API or its document."""
# fmt: on
