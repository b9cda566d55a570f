"""Handlers for the operator: is it alive, and how is it doing."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from postroom.api.metrics import MEDIA_TYPE, Known, exposition
from postroom.api.pipeline.errors import Unhealthy
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import now_ms
from postroom.cluster.nodes_store import members
from postroom.errors import StorageDamaged, StorageFailed
from postroom.events.cursor import newest
from postroom.webhooks.history.queue_store import waiting

_DATABASE_TIMEOUT: Final = 3.0


async def health(api: Api, call: Call) -> Response:
    """GET /health"""
    reasons = [reason for reason in (check() for check in api.checks.values()) if reason is not None]
    try:
        async with asyncio.timeout(_DATABASE_TIMEOUT):
            await api.db.read(newest)
    except StorageDamaged:
        reasons.append("the file of the database is damaged: the log says what to do")
    except (StorageFailed, TimeoutError):
        reasons.append("the database does not answer")
    else:
        try:
            async with asyncio.timeout(_DATABASE_TIMEOUT):
                await api.probe.check(api.db)
        except (StorageFailed, TimeoutError):
            reasons.append("the database takes no writes: its disk may be full or read-only")
    if reasons:
        raise Unhealthy(reasons)
    warnings = [
        f"{place}: the stored secrets of {count} cannot be opened; postroom doctor names them"
        for place, count in (await _unreadable(api)).items()
    ]
    return answer({"success": True, **({"warnings": warnings} if warnings else {})})


async def _unreadable(api: Api) -> dict[str, int]:
    """How many stored secrets of each place cannot be opened. Whose they are is not for everybody."""
    if api.soundness is None:
        return {}
    try:
        async with asyncio.timeout(_DATABASE_TIMEOUT):
            return await api.soundness.counts()
    except (StorageFailed, TimeoutError):
        return {}


async def live(api: Api, call: Call) -> Response:
    """GET /health/live

    That it answers is all there is to say: the event loop turns. A restart would cure a loop that hangs, and only that.
    """
    return answer({"success": True})


async def metrics(api: Api, call: Call) -> Response:
    """GET /metrics"""
    counts = await api.accounts.state_counts()
    newest_event, nodes, queue = await api.db.read(lambda conn: (newest(conn), members(conn), waiting(conn, now_ms())))
    known = Known(api.version, counts, newest_event, nodes, queue)
    return Response(exposition(api.figures, known), media_type=MEDIA_TYPE)
