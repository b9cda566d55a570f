"""Renders pages and parts of pages from the templates of the dashboard.

A form answers with `moved`: the browser goes on to a page, which says once what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.clock import iso, now_ms
from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.markup import json_text, prose
from postroom.web import protection
from postroom.web.dashboard.desk import DeskVisit
from postroom.web.dashboard.files import url_of
from postroom.web.dashboard.navigation import NAVIGATION, is_within
from postroom.web.design import assets, times
from postroom.web.design.tones import Tone, label, tone

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["alone", "moved", "page", "part"]

_HERE: Final = Path(__file__).parent
_SAID: Final = "postroom_said"
_SAID_LIFE: Final = 60
_LONGEST_SAID: Final = 600


@dataclass(frozen=True, slots=True)
class Said:
    """What the page before has done, for one showing."""

    tone: str
    text: str


def page(template: str, visit: DeskVisit, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Return a whole page. `template` extends `layout.html`."""
    said = _said(visit.request)
    response = _response(template, {"said": said, **_of(visit), **values}, status)
    if said is not None:
        response.delete_cookie(_SAID, path="/")
    return response


def part(template: str, visit: DeskVisit, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Return a part of a page, which htmx puts in its place."""
    return _response(template, {**_of(visit), **values}, status)


def alone(template: str, values: Mapping[str, object], *, status: int = 200) -> Response:
    """Return a page for somebody who need not be signed in. `template` extends `alone.html`."""
    return _response(template, values, status)


def moved(path: str, said: str = "", *, tone: Tone = "ok") -> Response:
    """Send the browser to a page of the dashboard, which shows `said` once. `path` is one of ours, never a caller's."""
    response = RedirectResponse(path, 303, headers=protection.headers())
    if said:
        text = quote(f"{tone}:{said[:_LONGEST_SAID]}")
        response.set_cookie(_SAID, text, _SAID_LIFE, path="/", httponly=True, samesite="lax")
    return response


def _of(visit: DeskVisit) -> dict[str, object]:
    return {"visitor": visit.visitor, "here": visit.request.url.path}


def _said(request: Request) -> Said | None:
    found, _, text = unquote(request.cookies.get(_SAID, "")).partition(":")
    return Said(found, text) if found in get_args(Tone) and text else None


def _response(template: str, values: Mapping[str, object], status: int) -> Response:
    text = _environment().get_template(template).render(values)
    return Response(text, status, headers=protection.desk_headers(), media_type="text/html")


@cache
def _environment() -> Environment:
    # Imported here because it takes megabytes, and a gateway may never show a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([_HERE / "templates", assets.TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"static": url_of, "navigation": NAVIGATION}
    environment.filters |= FILTERS
    environment.tests["within"] = is_within
    return environment


def _from_now(at: int) -> str:
    return times.distance(at, now_ms())


def _number(value: float) -> str:
    """Return a number with commas between thousands, as sentences about numbers have them."""
    return f"{value:,}"


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "clock_time": times.clock_time,
    "from_now": _from_now,
    "iso": iso,
    "json": json_text,
    "label": label,
    "number": _number,
    "prose": prose,
    "span": times.span,
    "tone": tone,
}
"""What templates do with values; `tone` and `label` are for names of states."""
