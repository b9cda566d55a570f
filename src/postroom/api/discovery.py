"""Handler for finding the mail servers of an address."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from starlette.responses import Response

from postroom.api.respond import answer
from postroom.api.route import Api, Call
from postroom.onboarding.autoconfig import find_servers
from postroom.onboarding.servers import FoundServer


async def autoconfig(api: Api, call: Call) -> Response:
    """GET /v1/autoconfig"""
    found = await find_servers(call.query.email, api.settings, api.surroundings)
    body: dict[str, Any] = {"imap": _server(found.imap), "smtp": _server(found.smtp)}
    if found.app_password is not None:
        body["appPassword"] = asdict(found.app_password)
    return answer({**body, "_source": found.source})


def _server(server: FoundServer | None) -> dict[str, Any] | Literal[False]:
    if server is None:
        return False
    return {"auth": {"user": server.user}, "host": server.host, "port": server.port, "secure": server.secure}
