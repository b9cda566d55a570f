"""Handlers for the operator: health, liveness and metrics."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.operation.metrics import MEDIA_TYPE
from postroom.api.pipeline.errors import Unhealthy
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call


async def health(api: Api, call: Call) -> Response:
    """GET /health"""
    reasons = await api.vitals.reasons()
    if reasons:
        raise Unhealthy(reasons)
    warnings = await api.vitals.warnings()
    return answer({"success": True, **({"warnings": warnings} if warnings else {})})


async def live(api: Api, call: Call) -> Response:
    """GET /health/live

    An answer proves that the event loop runs. A restart would cure a blocked loop, and nothing else.
    """
    return answer({"success": True})


async def metrics(api: Api, call: Call) -> Response:
    """GET /metrics"""
    return Response(await api.metrics.text(), media_type=MEDIA_TYPE)
