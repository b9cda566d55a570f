"""House rule: a handler uses the services of `Api` by name, none inside another, and opens no transaction."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import get_type_hints

import pytest

from postroom.api.pipeline.route import Api
from postroom.web.dashboard.desk import Desk
from postroom.web.sign_in.pages import Site
from tests.house.modules import Module, product_modules, sample

HANDLERS = ("postroom.api.handlers", "postroom.schemas.checking", "postroom.api.pipeline", "postroom.web")
SERVICES = {"api": get_type_hints(Api), "site": get_type_hints(Site), "desk": get_type_hints(Desk)}
VALUES = {"settings"}
"""Parts of `Api` that are not services: any member of them may be read."""


def is_method(kind: object, name: str) -> bool:
    return inspect.isfunction(inspect.getattr_static(kind, name, None))


def reaching_through(module: Module) -> Iterator[str]:
    """`api.one.two` where `two` is a part of the service `one`, and names assigned to a service, which hide it."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=holder), attr=service), attr=name):
                hints = SERVICES.get(holder, {})
                if service in hints and service not in VALUES and not is_method(hints[service], name):
                    yield f"{module.path}:{node.lineno}: {holder}.{service}.{name} is a part of {service}"
            case ast.Assign(value=ast.Attribute(value=ast.Name(id=holder), attr=service)):
                if service in SERVICES.get(holder, {}) and service not in VALUES:
                    yield f"{module.path}:{node.lineno}: names {holder}.{service} anew"


def touching_storage(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        parts = name.split(".")
        is_store = any(part == "store" or part.endswith("_store") for part in parts[:-1])
        reads = name.startswith(("postroom.events.cursor.page", "postroom.accounts.changes.changes_store."))
        if (is_store and not parts[-1][:1].isupper()) or parts[0] == "sqlalchemy" or reads:
            yield f"{module.path}:{line}: imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in ("read", "write"):
            owner = node.value
            if (isinstance(owner, ast.Attribute) and owner.attr == "db") or (
                isinstance(owner, ast.Name) and owner.id == "db"
            ):
                yield f"{module.path}:{node.lineno}: opens a transaction"


def handlers() -> list[Module]:
    return [module for module in product_modules() if module.is_in(*HANDLERS)]


def test_handlers_use_services_by_name() -> None:
    assert {"postroom.api.handlers.accounts", "postroom.web.sign_in.steps"} <= {each.name for each in handlers()}
    assert [problem for module in handlers() for problem in reaching_through(module)] == []


def test_handlers_leave_the_database_to_services() -> None:
    assert [problem for module in handlers() for problem in touching_storage(module)] == []


@pytest.mark.parametrize(
    "text", ["api.accounts.db", "api.registrations.trials.of()", "x = api.accounts", "site.consents.runtime.get()"]
)
def test_reaching_through_is_caught(text: str) -> None:
    assert len(list(reaching_through(sample(text)))) == 1


def test_services_and_settings_pass() -> None:
    text = "api.accounts.get(x)\nmost = api.settings.streams\napi.trials.of().prepare"
    assert list(reaching_through(sample(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "from postroom.accounts.store import find",
        "from postroom.cluster.nodes_store import members",
        "import sqlalchemy as sa",
        "api.db.read(x)",
        "db.write(x)",
    ],
)
def test_touching_storage_is_caught(text: str) -> None:
    assert len(list(touching_storage(sample(text)))) == 1
    assert list(touching_storage(sample("from postroom.webhooks.history.history_store import Replay"))) == []
