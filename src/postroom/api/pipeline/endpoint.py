"""Prepares every request for its handler: identifies the caller, checks permissions, validates query and body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from postroom.access.tokens import Token, TokenRefused, check
from postroom.api.pipeline.auth import client_address, identify
from postroom.api.pipeline.decode import BodyTally, read_json
from postroom.api.pipeline.errors import InvalidRequest, guarded
from postroom.api.pipeline.route import Api, Call, Route
from postroom.api.pipeline.rules import broken_rules
from postroom.http.fields import sent_field
from postroom.schemas.checking.checked import checked, context_of, errors_in
from postroom.schemas.checking.problems import FaultyField, describe
from postroom.schemas.checking.usable import usable
from postroom.schemas.fields import AccountId, AnyText
from postroom.tasks import aside

Serve = Callable[[Request, dict[str, str]], Awaitable[Response]]

_OCTETS_PER_ITEM: Final = 100
"""Octets of a body that are validated in about a microsecond."""

_TOKEN: Final = b"access_token"
_LONGEST_KEPT: Final = 48
_MOST_KEPT: Final = 64
"""Octets of a query string that is kept, and how many a route keeps."""

ANYBODY: Final = Token(id="", description="no token", scopes=(), created_at=0)
_PARAMETERS: Final[dict[str, TypeAdapter[str]]] = {"account": TypeAdapter(AccountId), "id": TypeAdapter(AnyText)}


def endpoint(api: Api, route: Route) -> Serve:
    """Return the function that serves one route."""
    context = context_of(api.settings)
    asked = _Asked(route)

    async def serve(request: Request, path: dict[str, str]) -> Response:
        address = client_address(request, api.settings.trusted_proxies)
        caller = await _admit(api, route, request, path, address)
        standing = api.rates.count(caller)
        if standing is None:
            return await handle(request, path, caller, address)
        response = await guarded(lambda: handle(request, path, caller, address), route.path)
        response.headers.update(standing.headers)
        return response

    async def handle(request: Request, path: dict[str, str], caller: Token, address: str | None) -> Response:
        sent = body = given = tally = None
        if route.takes_message:
            tally = BodyTally()
        if route.body is not None:
            sent = await _received(api, route, request, tally)
        problems: list[FaultyField] = []
        ignored = _unused(route, request, sent)
        if ignored and isinstance(sent, dict):
            sent = {name: value for name, value in sent.items() if name not in ignored}
        if path:
            path = _validate_path(path, problems)
        query = asked.again(request)
        if query is None:
            query = _validate_query(route, request, ignored, problems)
            if not problems:
                asked.keep(request, query)
        if tally is not None:
            kind, given = route.body, sent
            body = await aside(tally.size // _OCTETS_PER_ITEM, lambda: checked(kind, given, problems, context=context))
        elif route.body is not None:
            body = checked(route.body, sent, problems, context=context)
        if problems:
            raise InvalidRequest([*problems, *await _further(api, route, path, sent, problems)])
        # The body as it was sent may be large. Nobody needs it any more.
        sent = given = None
        digest = tally.digest if tally is not None else ""
        return await route.handler(api, Call(request, caller, address, path, query, body or {}, ignored, digest))

    return serve


async def _received(api: Api, route: Route, request: Request, tally: BodyTally | None) -> Any:
    """Return the body of a request as JSON. A body with a whole message may be larger, and is counted."""
    settings, optional = api.settings, route.body_optional
    if tally is None:
        return await read_json(request, settings.max_body_size, optional=optional)
    return await read_json(request, settings.max_message_body_size, optional=optional, seen=tally.take)


async def _admit(api: Api, route: Route, request: Request, path: dict[str, str], address: str | None) -> Token:
    """Return the caller's token. Raises TokenRefused, TooManyWrongTokens, AccessDenied."""
    if route.needs is None:
        return ANYBODY
    try:
        caller = await identify(api.tokens, request, address)
    except TokenRefused as refused:
        if refused.is_wrong:
            api.figures.count_wrong_token(refused.code)
            api.brake.count(address)
        raise
    account = path.get("account")
    if route.account_query is not None:
        account = request.query_params.get(route.account_query)
        if not account and route.account_implied:
            account = caller.account
    referrer = sent_field(request.scope, b"referer") if caller.referrers else None
    check(caller, route.needs, account, address, referrer)
    return caller


def _validate_path(path: dict[str, str], problems: list[FaultyField]) -> dict[str, str]:
    valid = dict(path)
    for name, value in path.items():
        if name in _PARAMETERS:
            try:
                valid[name] = _PARAMETERS[name].validator.validate_python(value)
            except ValidationError as error:
                problems.extend(describe(errors_in(error), name, {}))
    return valid


class _Asked:
    """The valid queries of a route that came before. Programs ask the same again and again, mostly with none at all.

    A query is a frozen model, so calls can share it. One with a token is not kept.
    """

    def __init__(self, route: Route) -> None:
        self._queries: dict[bytes, Any] = {}
        # Else the body, too, says which parameters are left out.
        self._longest = _LONGEST_KEPT if route.is_unused is None else -1

    def again(self, request: Request) -> Any:
        return self._queries.get(request.scope["query_string"])

    def keep(self, request: Request, query: Any) -> None:
        sent: bytes = request.scope["query_string"]
        if len(sent) > self._longest or _TOKEN in sent:
            return
        if len(self._queries) >= _MOST_KEPT:
            self._queries.clear()
        self._queries[sent] = query


def _unused(route: Route, request: Request, body: Any) -> tuple[str, ...]:
    """Return the names in query and body that the route accepts without using them."""
    if route.is_unused is None:
        return ()
    sent = [*request.query_params, *(body if isinstance(body, dict) else ())]
    return tuple(dict.fromkeys(name for name in sent if route.is_unused(name)))


def _validate_query(route: Route, request: Request, ignored: tuple[str, ...], problems: list[FaultyField]) -> Any:
    sent: dict[str, object] = dict(request.query_params) if request.scope["query_string"] else {}
    blank = [name for name in sent if sent[name] == "" and name in _optional(route.query)]
    for name in ("access_token", *ignored, *blank):
        sent.pop(name, None)
    sent |= {name: request.query_params.getlist(name) for name in route.repeated if name in sent}
    return checked(route.query, sent, problems, whole="query")


@cache
def _optional(query: type[BaseModel]) -> frozenset[str]:
    """Return the parameters that may be left out. Forms send those that nobody filled in, as empty text."""
    return frozenset(field.alias or name for name, field in query.model_fields.items() if not field.is_required())


async def _further(
    api: Api, route: Route, path: dict[str, str], sent: Any, told: list[FaultyField]
) -> list[FaultyField]:
    """Return the rules that a body breaks, except for fields already in `told`."""
    if not isinstance(sent, dict):
        return []
    body = usable(route.body, sent, context_of(api.settings))
    keys = tuple(problem.key for problem in told)
    found = await broken_rules(route.body, api, path, body)
    return [problem for problem in found if not _is_about(problem.key, keys)]


def _is_about(key: str, told: tuple[str, ...]) -> bool:
    """Say whether a field, or an object that contains it, is already in `told`."""
    return key in told or key.startswith(tuple(f"{each}." for each in told))
