"""Handlers for the OpenAPI document and the page made of it; both are the same for everybody and hold no secrets.

They are made when they are first asked for, which takes a fifth of a second, and so in a thread.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from postroom.api.route import Api, Call

# One page that asks nobody for anything: no script, no font, no picture from elsewhere.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_CACHE = {"cache-control": "public, max-age=300"}


async def document(api: Api, call: Call) -> Response:
    """GET /openapi.json and /swagger.json"""
    made = await asyncio.to_thread(api.reference)
    return Response(made.document, media_type="application/json", headers=_CACHE)


async def page(api: Api, call: Call) -> Response:
    """GET /docs"""
    made = await asyncio.to_thread(api.reference)
    headers = {**_CACHE, "content-security-policy": _POLICY, "x-content-type-options": "nosniff"}
    return Response(made.page, media_type="text/html", headers=headers)
