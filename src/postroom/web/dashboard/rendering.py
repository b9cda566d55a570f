"""Renders pages and parts of pages from the templates of the dashboard, and serves its static files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from postroom.web import protection
from postroom.web.dashboard.desk import DeskVisit

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["KINDS", "STATIC", "page", "part", "static_file"]

STATIC: Final = "/dashboard/static"
_HERE: Final = Path(__file__).parent
KINDS: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain"}


def page(template: str, visit: DeskVisit, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Return a whole page. `template` extends `layout.html`."""
    return _response(template, visit, values, status)


def part(template: str, visit: DeskVisit, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Return a part of a page, which htmx puts in its place."""
    return _response(template, visit, values, status)


def _response(template: str, visit: DeskVisit, values: Mapping[str, object], status: int) -> Response:
    text = _environment().get_template(template).render(visitor=visit.visitor, here=visit.request.url.path, **values)
    return Response(text, status, headers=protection.headers(), media_type="text/html")


@cache
def _environment() -> Environment:
    # Imported here because it takes megabytes, and a gateway may never show a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = _url
    return environment


def _url(name: str) -> str:
    """Return the URL of a static file; it changes with the file."""
    return f"{STATIC}/{name}?v={sha256(static_file(name)).hexdigest()[:12]}"


@cache
def static_file(name: str) -> bytes:
    """Return a static file."""
    return (_HERE / "static" / name).read_bytes()
