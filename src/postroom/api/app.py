"""The ASGI application: finds the route of a request, serves it, and turns every error into an answer."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from time import perf_counter
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from postroom.api.pipeline.cross_origin import CrossOrigin
from postroom.api.pipeline.endpoint import Serve, endpoint
from postroom.api.pipeline.errors import MethodNotAllowed, guarded, response_to
from postroom.api.pipeline.route import Api, Reference, Route
from postroom.api.pipeline.router import Router
from postroom.api.routes.table import ROUTES, UNLISTED
from postroom.errors import PostroomError
from postroom.http.fields import sent_field
from postroom.http.paths import sent_path
from postroom.log import about
from postroom.schemas.reference.shapes import OpenApiDocument
from postroom.traces import span

__all__ = ["Api", "build", "document_of"]

_NO_ROUTE: Final = "-"
_SUBJECTS: Final = {"account": "account", "queueId": "queue_id"}
"""The parameters of paths that say what a line of the log is about, and their names there."""


def build(api: Api) -> ASGIApp:
    """Return the application that serves `ROUTES` and `UNLISTED`.

    It has no lifespan of its own: the caller starts and stops the services in `api`.
    """
    api = replace(api, reference=partial(_reference, api.version))
    router: Router[tuple[Route, Serve]] = Router()
    for route in (*ROUTES, *UNLISTED):
        router.add(route.method, route.path, (route, endpoint(api, route)))
    others = CrossOrigin(api.settings.cors_origins)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        began = perf_counter()
        parent = sent_field(scope, b"traceparent") or ""
        with span(request.method, {"http.request.method": request.method}, kind="server", parent=parent) as traced:
            response, pattern = await _serve(router, request, others)
            traced.named(f"{request.method} {pattern}")
            traced.note({"http.route": pattern, "http.response.status_code": response.status_code})
        api.figures.count_call(request.method, pattern, response.status_code, perf_counter() - began)
        await response(scope, receive, send)

    return application


@cache
def document_of(version: str) -> OpenApiDocument:
    """Return the OpenAPI document. It is made when somebody first reads it, so its module is loaded late."""
    from postroom.api.reference import openapi

    return openapi.build(ROUTES, version)


@cache
def _reference(version: str) -> Reference:
    from postroom.api.reference import page
    from postroom.api.reference.handlers import file_urls

    document = document_of(version)
    return Reference(orjson.dumps(document), page.render(document, file_urls()))


async def _serve(router: Router[tuple[Route, Serve]], request: Request, others: CrossOrigin) -> tuple[Response, str]:
    """Return the answer, with what it says to pages of other origins, and the path pattern for the metrics."""
    path = sent_path(request.scope)
    origin = sent_field(request.scope, b"origin") if others.origins else None
    try:
        found = router.find(request.method, path)
    except MethodNotAllowed as error:
        if request.method == "OPTIONS":
            methods = sorted({*error.allowed, "OPTIONS"})
            said = {"allow": ", ".join(methods), **others.on_preflight(path, origin, methods)}
            return Response(status_code=204, headers=said), _NO_ROUTE
        response, pattern = response_to(error, _NO_ROUTE), _NO_ROUTE
    except PostroomError as error:
        response, pattern = response_to(error, _NO_ROUTE), _NO_ROUTE
    else:
        response, pattern = await _answer(request, *found)
    if others.origins:
        for name, value in others.on_answer(path, origin).items():
            response.headers.append(name, value)
    return response, pattern


async def _answer(request: Request, target: tuple[Route, Serve], parameters: dict[str, str]) -> tuple[Response, str]:
    """Return the answer of a route, and its path pattern."""
    route, serve = target
    # The access log reads these. The names are Starlette's.
    request.scope.update(route=route.path, path_params=parameters)
    if not parameters:
        return await guarded(lambda: serve(request, parameters), route.path), route.path
    with about(**{name: parameters[key] for key, name in _SUBJECTS.items() if key in parameters}):
        return await guarded(lambda: serve(request, parameters), route.path), route.path
