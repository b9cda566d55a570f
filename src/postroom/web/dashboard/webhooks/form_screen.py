"""The forms that add and edit an endpoint. They check what the API checks, and name each problem at its field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from starlette.responses import Response

from postroom.events.types import EVENT_NAMES
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests import webhooks as hook_req
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page
from postroom.web.dashboard.webhooks.endpoint_form import (
    FIELDS,
    EndpointForm,
    body_of,
    by_field,
    form_of,
    form_sent,
)
from postroom.web.dashboard.webhooks.paths import ADD, LIST, endpoint_path
from postroom.webhooks.endpoints.change import EndpointChange, body_problems
from postroom.webhooks.model import EndpointNotFound, InvalidEndpoint, WebhookEndpoint

__all__ = ["PAGES"]

_LABELS: Final = {
    "url": "URL",
    "description": "What it is for",
    "events": "Events",
    "accounts": "Accounts",
    "metadata": "Metadata",
    "headers": "Your own headers",
}


async def new(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/webhooks/add"""
    return _form(visit, EndpointForm(), None, ())


async def add(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/add"""
    form, problems = form_sent(visit.form, visit.lists), list[FaultyField]()
    body = body_of(form, None, problems)
    if secret := visit.form.get("secret", "").strip():
        body["secret"] = secret
    asked = _change(desk, hook_req.NewEndpoint, body, problems)
    if asked is None:
        return _form(visit, form, None, problems)
    try:
        view = await desk.webhooks.create(asked)
    except InvalidEndpoint as error:
        return _form(visit, form, None, _faults(error))
    assert view.config is not None
    return _told(visit, view.id, view.config.secret, is_new=True)


async def edit(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/webhooks/{endpoint}/edit"""
    known = await _known(desk, visit)
    return _form(visit, form_of(known), known, ())


async def change(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/webhooks/{endpoint}/edit"""
    known = await _known(desk, visit)
    form, problems = form_sent(visit.form, visit.lists), list[FaultyField]()
    if visit.form.get("seen", str(known.updated_at)) != str(known.updated_at):
        # What the form says of every field would take the place of what was changed meanwhile.
        return _form(visit, form, known, (), conflict=list(_differences(form, known)))
    asked = _change(desk, hook_req.EndpointChange, body_of(form, known, problems), problems)
    if asked is None:
        return _form(visit, form, known, problems)
    try:
        view = await desk.webhooks.update(known.id, asked)
    except InvalidEndpoint as error:
        return _form(visit, form, known, _faults(error))
    if view.new_secret is not None:
        return _told(visit, known.id, view.new_secret, is_new=True)
    return moved(endpoint_path(known.id), "The endpoint was changed.")


def _change(desk: Desk, kind: object, body: dict[str, object], problems: list[FaultyField]) -> EndpointChange | None:
    """Return the change that a body means, None if it has problems."""
    sound = checked(kind, body, problems, context=context_of(desk.settings))
    if problems:
        problems += [each for pair in body_problems(body) if (each := FaultyField(*pair)) not in problems]
        return None
    return EndpointChange.read(sound)


def _faults(error: InvalidEndpoint) -> list[FaultyField]:
    return [FaultyField(*pair) for pair in error.fields]


async def _known(desk: Desk, visit: DeskVisit) -> WebhookEndpoint:
    """Return the endpoint to edit. Raises EndpointNotFound, also for a target in the settings."""
    view = await desk.webhooks.get(visit.path["endpoint"])
    if view.config is None:
        raise EndpointNotFound
    return view.config


def _differences(form: EndpointForm, known: WebhookEndpoint) -> Iterator[tuple[str, str]]:
    """Yield what is stored now, where the form says something else."""
    typed, stored = form.shown(), form_of(known)
    for name, label in _LABELS.items():
        was, now = getattr(typed, name), getattr(stored, name)
        if was != now:
            yield label, (", ".join(now) if isinstance(now, tuple) else now.replace("\n", ", ")) or "(nothing)"


def _form(
    visit: DeskVisit,
    form: EndpointForm,
    known: WebhookEndpoint | None,
    problems: Iterable[FaultyField],
    *,
    conflict: Sequence[tuple[str, str]] | None = None,
) -> Response:
    found, is_back = by_field(problems), visit.request.method == "POST"
    values = {
        "form": form.shown(),
        "lost_values": is_back and form.shown().headers != form.headers,
        "lost_secret": is_back and known is None and bool(visit.form.get("secret", "").strip()),
        "known": known,
        "conflict": conflict,
        "problems": found,
        "others": [text for name, text in found.items() if name not in FIELDS],
        "event_names": EVENT_NAMES,
        "list_path": LIST,
        "action": endpoint_path(known.id, "edit") if known is not None else ADD,
        "back": endpoint_path(known.id) if known is not None else LIST,
    }
    return page("webhook_form.html", visit, values, status=409 if conflict is not None else 400 if found else 200)


def _told(visit: DeskVisit, endpoint: str, secret: str, *, is_new: bool) -> Response:
    values = {"secret": secret, "overlap": 0, "is_new": is_new, "path": endpoint_path(endpoint), "list_path": LIST}
    return page("webhook_secret.html", visit, values)


PAGES: Final = (
    DeskPage("GET", ADD, new),
    DeskPage("POST", ADD, add),
    DeskPage("GET", f"{LIST}/{{endpoint}}/edit", edit),
    DeskPage("POST", f"{LIST}/{{endpoint}}/edit", change),
)
