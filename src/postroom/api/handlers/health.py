"""Handlers for the operator: health, liveness, metrics, statistics and protocol logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.accounts.lifecycle import State
from postroom.api.operation.metrics import MEDIA_TYPE
from postroom.api.pipeline.errors import Unhealthy
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.schemas.requests.queries import StatsQuery
from postroom.schemas.showing.statistics import counters, submit_queue
from postroom.streaming.downloads.safe_headers import PROTECTION, content_disposition

if TYPE_CHECKING:
    from postroom.schemas.answers.operation import Stats

_TEXT = "text/plain"


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


async def get_stats(api: Api, call: Call) -> Response:
    """GET /v1/stats"""
    query: StatsQuery = call.query
    states, webhooks = await api.accounts.state_counts(), await api.deliveries.waiting()
    submit = submit_queue(await api.outbox.counts(), api.clock())
    stats: Stats = {
        "version": api.version,
        "database": "postgresql" if api.settings.sqlite_file is None else "sqlite",
        "accounts": sum(states.values()),
        "nodes": len(await api.nodes.all()),
        "connections": {state.value: states.get(state.value, 0) for state in State},
        "queues": {
            "notify": {"waiting": webhooks.pending, "oldestAge": webhooks.oldest_age // 1000},
            "submit": submit,
        },
        "seconds": query.seconds,
        "counters": counters(await api.statistics.totals(query.seconds)),
    }
    return answer(stats)


async def get_log(api: Api, call: Call) -> Response:
    """GET /v1/logs/{account}"""
    lines = await api.protocol_logs.lines(call.account) or [f"No logs found for {call.account}"]
    headers = {"content-disposition": content_disposition(f"logs.{call.account}.txt", _TEXT)}
    return Response("\n".join(lines) + "\n", headers={**PROTECTION, **headers}, media_type=_TEXT)
