"""Reads the forms of the dashboard, and says whether a form was sent by one of its own pages."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from starlette.requests import Request

from postroom.footprint.dataclass import dataclass
from postroom.web.errors import FormRefused
from postroom.web.posted import posted_fields
from postroom.web.received import parts_of, storable

__all__ = ["SentForm", "check_sender", "form_token", "read_form"]

_LARGEST: Final = 2 * 1024 * 1024
_MOST_FIELDS: Final = 20_000
_KIND: Final = "application/x-www-form-urlencoded"
_TOKEN_FIELD: Final = "form_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class SentForm:
    """The fields of a form. `values` has the last value of each, `lists` has all, for boxes that are ticked."""

    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


async def read_form(request: Request) -> SentForm:
    """Return the form of a request. Raises FormTooLarge, FormRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise FormRefused("This is no form of the dashboard")
    sent = await posted_fields(request, largest=_LARGEST, most=_MOST_FIELDS)
    pairs = [(name, storable(value)) for name, value in sent]
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    return SentForm(dict(pairs), {name: tuple(values) for name, values in lists.items()})


def form_token(cookie: str) -> str:
    """Return the token of the forms shown to the browser with this cookie. Nobody else can make it."""
    return hashlib.sha256(f"form\n{cookie}".encode(errors="replace")).hexdigest()


def check_sender(request: Request, form: SentForm, cookie: str, service_url: str | None) -> None:
    """Raise FormRefused unless the form was shown to this browser, and a page of ours sent it.

    The token proves the first. Browsers tell the second in `Sec-Fetch-Site` (where the connection is encrypted) and in
    `Origin`. A proxy may have changed the host, so the public origin counts too.
    """
    sent = form.values.get(_TOKEN_FIELD, "")
    if not cookie or not hmac.compare_digest(form_token(cookie).encode(), sent.encode(errors="replace")):
        raise FormRefused("The form was shown to another browser, or its session has ended")
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        raise FormRefused("Another site sent this form")
    if site is None and origin is not None and not _is_ours(request, origin, service_url):
        raise FormRefused("Another site sent this form")


def _is_ours(request: Request, origin: str, service_url: str | None) -> bool:
    host = parts_of(origin).netloc.lower()
    ours = {request.headers.get("host", "").lower(), parts_of(service_url or "").netloc.lower()} - {""}
    return host in ours
