"""Handlers for the OpenAPI document and the reference page. Both are public and hold no secrets.

They are made at the first request, in a thread, because that takes up to a second.
"""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.api.pipeline.route import Api, Call
from postroom.errors import StorageFailed
from postroom.http.paths import lasting_path
from postroom.schemas.reference.curl import ORIGIN, origin_of

__all__ = ["ICON", "PAGE", "SCRIPT", "STYLE", "document", "file", "file_urls", "lead", "page"]

PAGE: Final = "/docs"
STYLE: Final = f"{PAGE}/reference.css"
SCRIPT: Final = f"{PAGE}/reference.js"
ICON: Final = f"{PAGE}/icon.svg"

_HERE: Final = Path(__file__).parent / "static"
_KINDS: Final = {STYLE: "text/css", SCRIPT: "text/javascript", ICON: "image/svg+xml"}
# The page loads nothing from other hosts and runs only the script file of this gateway.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_NOSNIFF: Final = {"x-content-type-options": "nosniff"}
_CACHE: Final = {"cache-control": "public, max-age=300"}
# The URLs of these files change with their content, so caches may keep them.
_LASTING: Final = {"cache-control": "public, max-age=31536000, immutable", **_NOSNIFF}


async def document(api: Api, call: Call) -> Response:
    """GET /openapi.json and /swagger.json"""
    made = await asyncio.to_thread(api.reference)
    return Response(made.document, media_type="application/json", headers=_CACHE)


async def page(api: Api, call: Call) -> Response:
    """GET /docs"""
    made = await asyncio.to_thread(api.reference)
    text = made.page.replace(ORIGIN, await _origin(api, call.request))
    headers = {**_CACHE, **_NOSNIFF, "content-security-policy": _POLICY, "referrer-policy": "no-referrer"}
    return Response(text, media_type="text/html", headers=headers)


async def file(api: Api, call: Call) -> Response:
    """GET a file that the page loads"""
    path = call.request.url.path.removesuffix("/")
    return Response(_content(path), media_type=_KINDS[path], headers=_LASTING)


async def lead(api: Api, call: Call) -> Response:
    """GET /"""
    # Caches must not store this, because the front page may change later.
    return Response(status_code=302, headers={"location": PAGE, "cache-control": "no-store"})


def file_urls() -> dict[str, str]:
    """Return the URLs of the files that the page loads, as `style`, `script` and `icon`."""
    return {
        name: lasting_path(path, _content(path))
        for name, path in (("style", STYLE), ("script", SCRIPT), ("icon", ICON))
    }


@cache
def _content(path: str) -> bytes:
    return (_HERE / path.rpartition("/")[2]).read_bytes()


async def _origin(api: Api, request: Request) -> str:
    """Return the origin of the gateway: `serviceUrl` if it is set, otherwise from the `Host` header."""
    try:
        told = (await api.runtime.get()).service_url
    except StorageFailed:
        told = None
    if told:
        return told
    return origin_of(request.url.scheme, request.headers.get("host", ""))
