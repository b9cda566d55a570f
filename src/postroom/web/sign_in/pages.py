"""Renders the pages from templates, with brand, language, form token and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.configuration.keys import Snapshot
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.sign_in.service import SignIns
from postroom.web import protection
from postroom.web.design.assets import FONTS, font, lasting_url, style_sheet
from postroom.web.sign_in.languages import Language, choose

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["FILES", "Look", "Site", "look_for", "render", "static_file"]

_FOLDER: Final = "/accounts"
FILES: Final[Mapping[str, str]] = {
    f"{_FOLDER}/style.css": "text/css",
    f"{_FOLDER}/sign-in.js": "text/javascript",
    f"{_FOLDER}/icon.svg": "image/svg+xml",
    **{f"{_FOLDER}/{name}": "font/woff2" for name in FONTS},
}
"""The paths of the files that pages refer to, and their kinds."""

_HERE: Final = Path(__file__).parent
_COOKIE_LIFE: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The services that the pages use."""

    sign_ins: SignIns
    consents: Consents
    runtime: RuntimeSettings


@dataclass(frozen=True, slots=True)
class Look:
    """How a page looks: its brand and its language."""

    brand: str
    logo: str | None
    language: Language


async def look_for(site: Site, request: Request, locale: str | None = None) -> Look:
    """Return the look for a request; `locale` is the language of the account. It never fails."""
    try:
        known = await site.runtime.get()
    except StorageFailed:
        known = Snapshot("")
    language = choose(locale, request.headers.get("accept-language", ""), known.locale)
    return Look(known.page_brand_name, known.page_logo_url, language)


@dataclass(frozen=True, slots=True)
class Cookie:
    """The cookie that a page gives to the browser."""

    text: str = field(repr=False)
    secure: bool


def render(
    template: str, look: Look, values: Mapping[str, Any], *, status: int = 200, cookie: Cookie | None = None
) -> Response:
    """Return a page."""
    text = (
        _environment()
        .get_template(template)
        .render(
            t=look.language.text,
            language=look.language.code,
            brand=look.brand,
            logo=look.logo,
            style=_url("style.css"),
            icon=_url("icon.svg"),
            script=_url("sign-in.js"),
            **values,
        )
    )
    response = Response(text, status, headers=protection.headers(look.logo), media_type="text/html")
    if cookie is not None:
        response.set_cookie(
            protection.COOKIE,
            cookie.text,
            _COOKIE_LIFE,
            path="/accounts",
            secure=cookie.secure,
            httponly=True,
            samesite="lax",
        )
    return response


@cache
def _environment() -> Environment:
    # Imported here because it takes megabytes, and few gateways use the hosted sign-in.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def static_file(name: str) -> bytes:
    """Return a file that pages refer to. The style sheet begins with the fonts and colours of the design."""
    if name in FONTS:
        return font(name)
    own = (_HERE / "static" / name).read_bytes()
    return style_sheet(("fonts", "tokens")) + b"\n" + own if name == "style.css" else own


_url: Final = cache(partial(lasting_url, _FOLDER, read=static_file))
