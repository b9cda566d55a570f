"""House rule: a module says what it is for, by its name and by its docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, all_modules, dotted, product_modules, sample

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "tools", "misc"}

LONGEST_FIRST_LINE = 120
# What programs of others import: the version, and the names of the client.
CODE_IN_INIT = {"src/postroom/__init__.py", "src/postroom/client/__init__.py"}
# Methods that a library calls by these names.
EXPLAINED_BY_LIBRARIES = frozenset(
    {
        *("connection_made", "data_received", "eof_received", "connection_lost"),
        *("process_bind_param", "process_result_value"),
    }
)
MIGRATIONS = "postroom.storage.migrations"
_MAY_BE_RELATIVE = re.compile(r"\bfrom[\s\\]*\.")
# The noun distinguishes the module from its neighbours, or names its content.
NOUN_TWICE = {
    "postroom.accounts.changes.changes_store": "read beside the stores of other rooms",
    "postroom.accounts.changes.state_change": "the StateChange of the folder",
    "postroom.connections.clients.imap_client": "beside smtp_client; `imap` is a room",
    "postroom.connections.clients.smtp_client": "beside imap_client",
    "postroom.connections.hosts.checked_host": "a CheckedHost beside a checked URL",
    "postroom.connections.hosts.host_names": "how hosts are spelled, beside the resolver of names",
    "postroom.connections.http.http_session": "`session` is that of a mail server",
    "postroom.imap.commands.command": "what every command of the folder is",
    "postroom.supervisor.supervisor": "the Supervisor of the room",
    "postroom.sync.folder.folder_sync": "the FolderSync of the folder",
    "postroom.onboarding.consent.consent_store": "read beside the stores of other rooms",
    "postroom.webhooks.delivery.delivery_store": "one of three stores of its folder",
    "postroom.webhooks.endpoints.endpoint_store": "read beside the other stores of the room",
    "postroom.webhooks.history.history_store": "one of two stores of its folder",
}


def unclear(module: Module) -> Iterator[str]:
    parts = set(module.path.removesuffix(".py").split("/"))
    for name in sorted(parts & SAYS_NOTHING):
        yield f"{module.path}: '{name}' does not say what is in it"


def undocumented(module: Module) -> Iterator[str]:
    """A module without a docstring, or with a first line that is no sentence or does not fit on a line."""
    first_line = (ast.get_docstring(module.tree) or "").partition("\n")[0]
    if not first_line:
        yield f"{module.path}: no docstring that says what the module is for"
    elif not first_line.endswith(".") or len(first_line) >= LONGEST_FIRST_LINE:
        yield f"{module.path}: the first line of its docstring is not one sentence of at most {LONGEST_FIRST_LINE}"


def unexplained(module: Module, elsewhere: frozenset[str]) -> Iterator[str]:
    """Public classes, functions and methods without a docstring. The protocol explains the methods in `elsewhere`."""
    for node in _public(module.tree.body):
        if ast.get_docstring(node) is None:
            yield f"{module.path}:{node.lineno}: {node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            for method in _public(node.body):
                if ast.get_docstring(method) is None and method.name not in elsewhere:
                    yield f"{module.path}:{method.lineno}: {node.name}.{method.name} has no docstring"


def _public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        # The signatures before an overloaded function are explained by the function.
        is_signature = any(dotted(each) in {"overload", "typing.overload"} for each in node.decorator_list)
        if not node.name.startswith("_") and not is_signature:
            yield node


def explained_by_protocols() -> frozenset[str]:
    """The methods of our protocols and abstract classes; an implementation need not explain them again."""
    return EXPLAINED_BY_LIBRARIES | {
        method.name
        for module in product_modules()
        for node in module.nodes
        if isinstance(node, ast.ClassDef) and any(_name(base) in {"Protocol", "ABC"} for base in node.bases)
        for method in _public(node.body)
    }


def _name(base: ast.expr) -> str:
    return dotted(base.value if isinstance(base, ast.Subscript) else base)


def full_init(module: Module) -> Iterator[str]:
    """A package with code of its own, which every import of its modules would run."""
    if module.path.endswith("/__init__.py") and len(module.tree.body) > 1:
        yield f"{module.path}: more than a docstring"


def relative(module: Module) -> Iterator[str]:
    """Imports that start with a dot, which mean something else in every folder."""
    # Hardly any module has such words even in its texts, and to parse them all takes seconds.
    for name, line in module.imports() if _MAY_BE_RELATIVE.search(module.text) else ():
        if name.startswith("."):
            yield f"{module.path}:{line}: imports {name}"


def repeated(module: Module) -> Iterator[str]:
    """A module that repeats the noun of its folder; `webhooks/endpoints/store` says it once."""
    *_, folder, name = ("", *module.name.split("."))
    words = set(name.split("_"))
    if {folder, folder.removesuffix("s")} & words and not module.path.endswith("/__init__.py"):
        yield module.name


def test_names_and_docstrings_say_what_a_module_is_for() -> None:
    assert [problem for module in all_modules() for problem in unclear(module)] == []
    documented = [module for module in product_modules() if not module.is_in(MIGRATIONS)]
    assert [problem for module in documented for problem in undocumented(module)] == []


def test_what_is_public_has_a_docstring() -> None:
    elsewhere = explained_by_protocols()
    documented = [module for module in product_modules() if not module.is_in(MIGRATIONS)]
    assert [problem for module in documented for problem in unexplained(module, elsewhere)] == []


def test_packages_hold_a_docstring_and_nothing_else() -> None:
    found = [
        problem for module in product_modules() if module.path not in CODE_IN_INIT for problem in full_init(module)
    ]
    assert found == []


@pytest.mark.long
def test_imports_are_absolute() -> None:
    assert [problem for module in all_modules() for problem in relative(module)] == []


def test_a_module_does_not_repeat_the_noun_of_its_folder() -> None:
    found = [name for module in product_modules() for name in repeated(module)]
    assert sorted(found) == sorted(NOUN_TWICE)


@pytest.mark.parametrize("name", sorted(SAYS_NOTHING))
def test_unclear_names_are_caught(name: str) -> None:
    assert len(list(unclear(Module("postroom.x", f"src/postroom/{name}.py", "")))) == 1
    assert len(list(unclear(Module("postroom.x", f"src/postroom/{name}/thing.py", "")))) == 1
    assert list(unclear(Module("postroom.x", "src/postroom/based.py", ""))) == []


@pytest.mark.parametrize("text", ["x = 1\n", '"""No end"""', f'"""{"Too long " * 15}."""', '"""No end\n\nThe rest."""'])
def test_missing_docstrings_are_caught(text: str) -> None:
    assert len(list(undocumented(sample(text)))) == 1
    assert list(undocumented(sample('"""Says it."""\n'))) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("def f(): ...", 1),
        ("async def f(): ...", 1),
        ("class C: ...", 1),
        ('class C:\n    """C."""\n    def m(self): ...', 1),
        ('class C:\n    """C."""\n    def known(self): ...', 0),
        ('class C:\n    """C."""\n    def _m(self): ...', 0),
        ('def f():\n    """F."""\n    def inner(): ...', 0),
        ("def _f(): ...\nclass _C:\n    def m(self): ...", 0),
    ],
)
def test_missing_docstrings_of_what_is_public_are_caught(text: str, missing: int) -> None:
    assert len(list(unexplained(sample(text), frozenset({"known"})))) == missing


def test_code_in_packages_is_caught() -> None:
    assert len(list(full_init(Module("postroom.x", "src/postroom/x/__init__.py", '"""X."""\nimport re')))) == 1
    assert list(full_init(Module("postroom.x", "src/postroom/x/__init__.py", '"""X."""'))) == []
    assert list(full_init(sample('"""X."""\nimport re'))) == []


@pytest.mark.parametrize(
    "text", ["from . import names", "from .names import x", "from ..log import x", "if x:\n    from\\\n  .y import z"]
)
def test_relative_imports_are_caught(text: str) -> None:
    assert len(list(relative(sample(text)))) == 1


@pytest.mark.parametrize(
    ("name", "is_repeated"),
    [
        ("postroom.supervisor.supervisor", True),
        ("postroom.webhooks.endpoints.endpoint_store", True),
        ("postroom.webhooks.endpoints.store", False),
        ("postroom.webhooks.webhook", True),
        ("postroom.words", False),
        ("postroom.accounts.accountant", False),
    ],
)
def test_a_noun_said_twice_is_caught(name: str, is_repeated: bool) -> None:
    assert bool(list(repeated(sample("", name)))) is is_repeated
