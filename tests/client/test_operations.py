"""From arguments to requests: every route of the API is reached, with what the route takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from postroom.api.pipeline.route import Route
from postroom.api.routes.table import ROUTES
from postroom.client.operations import accounts, filters, messages, outbox
from postroom.client.request import ApiRequest, Repeat
from tests.client.test_groups import OPERATIONS

LEFT_OUT = {
    "issueTokenAtOlderPath": "the same as issueToken",
    "getSwaggerDocument": "the same as getOpenapiDocument",
}
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
# A value for each argument, by its name or by its annotation.
BY_NAME = {
    "body": {"name": "x"},
    "search": {"subject": "x"},
    "update": {"flags": {"add": ["\\Seen"]}},
    "metadata": {"plan": "gold"},
    "account": "a@example.test",
    "outcome": "sent",
    "text_type": "plain",
    "state": "connected",
    "if_match": '"1"',
    "names": "serviceUrl",
    "indexer": "fast",
    "email": "a@example.test",
}
BY_KIND = {"bool": True, "int": 3, "float": 20.0, "str": "some", "Sequence": ["a", "b"], "datetime": MOMENT}


def value(parameter: inspect.Parameter) -> Any:
    if parameter.name in BY_NAME:
        return BY_NAME[parameter.name]
    return next(made for kind, made in BY_KIND.items() if kind in str(parameter.annotation))


def requests() -> Iterator[tuple[str, ApiRequest[Any]]]:
    """One request of each operation, with a value for each argument."""
    for module in OPERATIONS:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__.rpartition('.')[2]}.{name}", made(module, function)


def made(module: ModuleType, function: Any) -> ApiRequest[Any]:
    parameters = inspect.signature(function).parameters.values()
    given = [value(each) for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    named = {each.name: value(each) for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
    found = function(*given, **named, **filled(parameters))
    return found if isinstance(found, ApiRequest) else found.request()


def filled(parameters: Iterable[inspect.Parameter]) -> dict[str, Any]:
    """A value for each filter of a list, by the type that its keywords have."""
    kinds = [each.annotation for each in parameters if each.kind is inspect.Parameter.VAR_KEYWORD]
    types = [getattr(filters, kind.removeprefix("Unpack[").removesuffix("]")) for kind in kinds]
    return {
        name: value(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind))
        for each in types
        for name, kind in each.__annotations__.items()
    }


REQUESTS = dict(requests())


def route_of(request: ApiRequest[Any]) -> Route:
    fitting = [
        route
        for route in ROUTES
        if route.method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), request.path)
    ]
    # `/v1/tokens/{id}` and `/v1/settings/queue/submit` beside a more general one: the fewest parameters win.
    return min(fitting, key=lambda route: route.path.count("{"))


def test_every_route_is_reached() -> None:
    reached = {route_of(request).operation for request in REQUESTS.values()}
    assert {route.operation for route in ROUTES} - reached == set(LEFT_OUT)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_sends_only_what_its_route_takes(name: str) -> None:
    request = REQUESTS[name]
    route = route_of(request)
    known = {field.alias or member for member, field in route.query.model_fields.items()}
    sent = {key for key, _ in request.query if not key.startswith("metadata.")}
    assert sent <= known
    headers = {key for key, _ in request.headers} - {"Content-Type"}
    assert headers <= set(route.headers)
    assert request.body is None or route.body is not None
    if not route.body_optional and route.body is not None:
        assert request.body is not None


@pytest.mark.parametrize("name", REQUESTS)
def test_every_parameter_of_a_route_can_be_given(name: str) -> None:
    """All but those that are kept for older clients, or stand for others."""
    request = REQUESTS[name]
    route = route_of(request)
    known = {field.alias or member for member, field in route.query.model_fields.items()}
    sent = {key for key, _ in request.query}
    older = {"documentStore", "useOutlookSearch", "seen", "metadata", "eventTypes"}
    cursors = {"page", "cursor", "since"}
    if name.endswith(".listed") or name in ("messages.search", "events.read"):
        older |= cursors
    if route.operation in ("listMessages", "searchMessages", "streamEvents"):
        older |= cursors
    if route.operation != "getSettings":
        assert known - sent - older == set()


@pytest.mark.parametrize(
    "operation",
    [
        accounts.page,
        accounts.listed,
        partial(messages.page, "a"),
        partial(messages.listed, "a"),
        outbox.page,
        outbox.listed,
    ],
)
def test_a_filter_that_a_list_does_not_have_is_refused(operation: Any) -> None:
    """Otherwise a slip of the pen would return the whole list."""
    with pytest.raises(TypeError, match="no filter 'stat'"):
        operation(stat="connected")


def test_what_is_not_repeated_is_on_this_list() -> None:
    """A new operation that changes something must be judged: what would a second request do?"""
    by_repeat = {
        repeat: {name for name, each in REQUESTS.items() if each.repeat is repeat and each.method != "GET"}
        for repeat in Repeat
    }
    assert by_repeat[Repeat.KEYED] == {"submissions.submit", "submissions.submit_draft"}
    assert by_repeat[Repeat.UNRECEIVED] == {
        *("accounts.verify", "accounts.diagnose", "accounts.diagnose_settings"),
        *("folders.update", "folders.delete"),
        *("messages.upload", "messages.move", "messages.delete"),
        *("messages.update_many", "messages.move_many", "messages.delete_many"),
        *("oauth2.verify", "webhooks.test"),
    }
    assert by_repeat[Repeat.UNSTORED] == {
        *("accounts.register", "accounts.update", "accounts.flush", "accounts.sign_in_link"),
        *("oauth2.register", "outbox.cancel", "outbox.retry", "outbox.resolve", "tokens.issue"),
        *("webhooks.create", "webhooks.rotate", "webhooks.replay", "webhooks.replay_delivery"),
    }
    assert by_repeat[Repeat.ALWAYS] == {
        *("accounts.delete", "accounts.reconnect", "accounts.disconnect", "accounts.sync"),
        *("folders.create", "messages.search", "messages.search_page", "messages.update"),
        *("installation.change_settings", "installation.drain", "installation.end_drain"),
        *("oauth2.update", "oauth2.delete", "tokens.delete", "tokens.delete_by_value"),
        *("outbox.pause", "outbox.resume", "outbox.pause_all", "outbox.resume_all"),
        *("webhooks.update", "webhooks.delete"),
    }
