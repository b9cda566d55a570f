"""Handlers for OAuth2 applications."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from postroom.api import presenting
from postroom.api.respond import answer
from postroom.api.route import Api, Call
from postroom.clock import iso
from postroom.oauth2.model import MASK, App


async def create(api: Api, call: Call) -> Response:
    """POST /v1/oauth2"""
    app = await api.apps.create(call.body)
    await api.accounts.retry_refused(app)
    return answer({"id": app, "created": True})


async def list_apps(api: Api, call: Call) -> Response:
    """GET /v1/oauth2"""
    number, size = call.query.page, call.query.page_size
    total, found = await api.apps.list_page(number, size)
    return answer({**presenting.page(total, number, size), "apps": [_shown(app) for app in found]})


async def get_app(api: Api, call: Call) -> Response:
    """GET /v1/oauth2/{app}"""
    return answer(_shown(await api.apps.get(call.path["app"])))


async def change(api: Api, call: Call) -> Response:
    """PUT /v1/oauth2/{app}"""
    app = call.path["app"]
    await api.apps.update(app, call.body)
    await api.accounts.retry_refused(app)
    return answer({"id": app, "updated": True})


async def remove(api: Api, call: Call) -> Response:
    """DELETE /v1/oauth2/{app}"""
    app = call.path["app"]
    return answer({"id": app, "deleted": True, "accounts": await api.apps.remove(app)})


def _shown(app: App) -> dict[str, Any]:
    return {
        **app.document,
        **dict.fromkeys(app.secrets, MASK),
        "id": app.id,
        "provider": app.kind,
        "enabled": bool(app.document.get("enabled")),
        "accounts": app.accounts,
        "created": iso(app.created_at),
        "updated": iso(app.updated_at),
    }
