"""Renders the pages from templates, with brand, language, form token and headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.configuration.keys import Snapshot
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.sign_in.service import SignIns
from postroom.web import protection
from postroom.web.sign_in.languages import Language, choose

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["ICON", "SCRIPT", "STYLE", "Look", "Site", "look_for", "render", "static_file"]

STYLE: Final = "/accounts/style.css"
ICON: Final = "/accounts/icon.svg"
SCRIPT: Final = "/accounts/sign-in.js"
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
            style=f"{STYLE}?v={_version('style.css')}",
            icon=f"{ICON}?v={_version('icon.svg')}",
            script=f"{SCRIPT}?v={_version('sign-in.js')}",
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
    """Return a file that pages refer to."""
    return (_HERE / "static" / name).read_bytes()


@cache
def _version(name: str) -> str:
    """Return a hash of a file for its URL, so that the URL changes with the file."""
    return sha256(static_file(name)).hexdigest()[:12]
