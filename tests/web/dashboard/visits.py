"""Visits of screens, past the door: a screen is called with what the door would give it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from postroom.access.admins.model import AdminSession
from postroom.web.dashboard.desk import DeskVisit, Visitor

VISITOR = Visitor("admin", "the-form-token", AdminSession("id", "admin", "password", 0, 0, None, "Tester"))
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def visit(
    path: str = "/",
    *,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    ticked: Mapping[str, Sequence[str]] | None = None,
    part: bool = False,
    **names: str,
) -> DeskVisit:
    """A visit of a signed-in operator. `names` are the parts of the path, `part` is as htmx asks."""
    headers = [(b"hx-request", b"true")] if part else []
    scope = {
        "type": "http",
        "method": "POST" if form is not None else "GET",
        "path": path,
        "query_string": urlencode(query or {}).encode(),
        "headers": headers,
    }
    return DeskVisit(
        Request(scope), VISITOR, names, form or {}, {name: tuple(values) for name, values in (ticked or {}).items()}
    )


def text_of(response: Response) -> str:
    """What a person is shown."""
    return bytes(response.body).decode()


def gone_to(response: Response) -> str:
    """Where the browser is sent."""
    assert response.status_code == 303
    return str(response.headers["location"])
