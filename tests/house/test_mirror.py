"""House rule: tests mirror the source file by file, so that the tests of a module are easy to find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.modules import PROJECT, Module, product_modules

# Modules without a test module of their own, and why they need none.
WITHOUT_TESTS = {
    "__main__.py": "calls the command line",
    "access/store.py": "queries only; tests/access/test_service.py runs them on both engines",
    "accounts/changes/state_change.py": "plain data; tests/accounts/changes/test_changes_store.py reads it",
    "schemas/reference/shapes.py": "the shape of the document; tests/api/reference/test_openapi.py builds one",
    "cluster/node.py": "plain data; tests/cluster/test_nodes_store.py reads it",
    "configuration/store.py": "queries only; tests/configuration/test_runtime.py runs them",
    "connections/client_id.py": "a constant",
    "connections/progress.py": "the name of a type and an empty function",
    "demo/imap_server.py": "a shell over pymap; tests/demo/test_sandbox.py signs in to it",
    "demo/smtp_server.py": "a shell over aiosmtpd; tests/demo/test_sandbox.py sends to it",
    "imap/commands/command.py": "the protocol of commands; each command has its tests",
    "imap/dialogue/events.py": "plain data; tests/imap/dialogue/test_connection.py sees the events",
    "imap/responses.py": "plain data; tests/imap/parsing see the responses",
    "mail/limits.py": "constants; tests/mail/test_message.py and test_flags.py meet them",
    "oauth2/shapes.py": "the names of fields; tests/oauth2/test_apps.py stores and reads them",
    "oauth2/store.py": "queries only; tests/oauth2/test_apps.py runs them",
    "onboarding/autoconfig/servers.py": "plain data; tests/onboarding/autoconfig/test_search.py finds them",
    "onboarding/consent/consent_store.py": "queries only; tests/onboarding/consent/test_service.py runs them",
    "onboarding/diagnosis/examination.py": "tests/onboarding/diagnosis/test_service.py goes through each step of it",
    "onboarding/diagnosis/reaching.py": "tests/onboarding/diagnosis/test_service.py goes through each step of it",
    "onboarding/sign_in/sign_in_store.py": "queries only; tests/onboarding/sign_in/test_service.py runs them",
    "storage/tables.py": "the schema as data; tests/storage/test_migrate.py compares it with the migrations",
    "webhooks/delivery/routing_store.py": "queries only; tests/webhooks/delivery/test_exchange.py runs them",
    "webhooks/endpoints/endpoint_store.py": "queries only; tests/webhooks/test_service.py runs them",
    "webhooks/history/history_store.py": "queries only; tests/webhooks/history/test_deliveries.py runs them",
}
# The modules of these packages are plain data, or many of one kind. One test module goes through all of them.
TESTED_TOGETHER = (
    *("schemas/answers", "schemas/examples", "api/routes", "composition"),
    *("client/operations", "client/groups"),
)

SOURCE = "src/postroom/"
NOT_MIRRORED = "postroom.storage.migrations"


def mirrored(module: Module) -> str:
    """Return the path of a module's tests, relative to the project."""
    folder, _, name = module.path.removeprefix(SOURCE).rpartition("/")
    for package in TESTED_TOGETHER:
        if folder == package or folder.startswith(f"{package}/"):
            folder, _, name = f"{package}.py".rpartition("/")
    return "/".join(part for part in ("tests", folder, f"test_{name}") if part)


def without_tests(modules: tuple[Module, ...], project: Path) -> Iterator[str]:
    """The modules, relative to the source, that have no test module of their own."""
    for module in modules:
        if module.path.endswith("/__init__.py") or module.is_in(NOT_MIRRORED):
            continue
        if not (project / mirrored(module)).exists():
            yield module.path.removeprefix(SOURCE)


def test_every_module_has_its_tests_or_a_reason() -> None:
    missing = set(without_tests(product_modules(), PROJECT))
    assert sorted(missing - WITHOUT_TESTS.keys()) == [], "write tests/<room>/test_<module>.py"
    assert sorted(WITHOUT_TESTS.keys() - missing) == [], "these have tests, or are gone: take them off the list"


def test_the_list_is_short() -> None:
    assert len(WITHOUT_TESTS) <= 25


def test_a_missing_mirror_is_caught(tmp_path: Path) -> None:
    modules = tuple(Module(name, f"src/postroom/{name}.py", "") for name in ("a", "room/b", "room/__init__"))
    assert list(without_tests(modules, tmp_path)) == ["a.py", "room/b.py"]
    (tmp_path / "tests/room").mkdir(parents=True)
    (tmp_path / "tests/room/test_b.py").touch()
    (tmp_path / "tests/test_a.py").touch()
    assert list(without_tests(modules, tmp_path)) == []


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("src/postroom/log.py", "tests/test_log.py"),
        ("src/postroom/imap/parsing/wire.py", "tests/imap/parsing/test_wire.py"),
        ("src/postroom/schemas/answers/tokens.py", "tests/schemas/test_answers.py"),
    ],
)
def test_tests_are_where_the_module_is(path: str, tests: str) -> None:
    assert mirrored(Module("postroom.x", path, "")) == tests
