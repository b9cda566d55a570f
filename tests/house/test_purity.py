"""House rule: decisions are pure. A module that says so imports nothing that waits, remembers or looks around."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

# These rooms are pure as a whole, even where a module does not say so.
PURE_ROOMS = ("postroom.imap", "postroom.mail")
# In any other module, a sentence of the docstring begins with this word.
SAYS_PURE = re.compile(r"(?:^|[.!?]\s+)Pure\b")
IMPURE_LIBRARIES = {
    *("asyncio", "concurrent", "multiprocessing", "threading", "subprocess", "signal", "sched", "contextvars"),
    *("socket", "socketserver", "ssl", "select", "selectors", "http", "urllib.request", "smtplib", "imaplib"),
    *("os", "io", "sys", "shutil", "tempfile", "pathlib", "glob", "sqlite3", "logging", "time", "random", "secrets"),
    *("uuid", "importlib"),
}
# Parts of these that only compute: a buffer in memory, the table of HTTP statuses, a path as text.
PURE_PARTS = {"io.BytesIO", "http.HTTPStatus", "pathlib.PurePath"}
# Libraries that compute: tables, JSON, HTML, checks of values, certificates and keys as data.
PURE_LIBRARIES = {
    *("webencodings.labels.LABELS", "orjson", "markupsafe", "pydantic", "pydantic_core", "email_validator", "idna"),
    *("typing_extensions", "nh3", "segno", "selectolax"),
    *("cryptography.x509", "cryptography.hazmat.primitives.serialization"),
}
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"}
# The parts of our impure modules that pure modules may use, and why.
PURE_NAMES = {
    "postroom.__version__": "a constant",
    "postroom.clock.iso": "arithmetic; only `now_ms` beside it reads the clock",
    "postroom.clock.iso_of": "arithmetic, as `iso`",
    "postroom.clock.from_iso": "arithmetic, as `iso`",
    "postroom.connections.quirks.library.matching": "looks in data of the package, which are read once",
    "postroom.onboarding.diagnosis.trail.ExaminationStep": "a value; only `Trail` beside it reads the clock",
}


def is_pure(module: Module) -> bool:
    """Whether a module must be pure: it is in a pure room, or its docstring says so."""
    return module.is_in(*PURE_ROOMS) or SAYS_PURE.search(ast.get_docstring(module.tree) or "") is not None


@cache
def pure_modules() -> frozenset[str]:
    return frozenset(module.name for module in product_modules() if is_pure(module))


def is_value(name: str) -> bool:
    """Whether a name is a number or an error class. Pure modules may judge the errors of modules with I/O."""
    home, _, last = name.rpartition(".")
    found = getattr(importlib.import_module(home), last, None) if home else None
    return isinstance(found, int) or (isinstance(found, type) and issubclass(found, BaseException))


def is_within(name: str, names: Iterable[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in names)


def impure_imports(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        home = name.rpartition(".")[0]
        if name in PURE_NAMES or name in PURE_PARTS or is_within(name, PURE_LIBRARIES):
            continue
        if is_within(name, ("postroom",)):
            if not {name, home} & pure_modules() and not is_value(name):
                yield f"{module.path}:{line}: imports {name}, and {home} does not say that it is pure"
        elif is_within(name, IMPURE_LIBRARIES):
            if not is_value(name):
                yield f"{module.path}:{line}: imports {name}"
        elif name.partition(".")[0] not in sys.stdlib_module_names and not is_value(name):
            yield f"{module.path}:{line}: imports {name}, which is not in the standard library"


def impure_acts(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{module.path}:{node.lineno}: waits"
        elif isinstance(node, ast.Call) and (dotted(node.func) in CLOCK_CALLS or dotted(node.func) == "open"):
            yield f"{module.path}:{node.lineno}: calls {dotted(node.func)}"


def impurities(module: Module) -> list[str]:
    return [*impure_imports(module), *impure_acts(module)]


def test_every_module_that_says_it_is_pure_is_pure() -> None:
    modules = [module for module in product_modules() if is_pure(module)]
    assert {"postroom.imap.parsing.wire", "postroom.accounts.lifecycle", "postroom.words.strangers"} <= pure_modules()
    assert [problem for module in modules for problem in impurities(module)] == []


def test_what_may_be_used_of_modules_that_are_not_pure_is_used() -> None:
    used = {name for module in product_modules() if is_pure(module) for name, _ in module.imports()}
    assert sorted(PURE_NAMES.keys() - used) == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "import socket",
        "from time import monotonic",
        "from pathlib import Path",
        "from os import environ",
        "from random import random",
        "import urllib.request",
        "import sqlalchemy as sa",
        "from aiosmtplib import SMTP",
        "from postroom.storage import database",
        "from postroom.storage.database import Database",
        "from postroom.settings import Settings",
        "from postroom.clock import now_ms",
        "from postroom.log import get_logger",
        "from postroom.accounts import store",
        "async def f(): pass",
        "from datetime import datetime\ndatetime.now()",
        "open('x')",
    ],
)
def test_impurities_are_caught(text: str) -> None:
    assert len(impurities(sample(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "import re\nimport email.header\nfrom datetime import datetime\nfrom urllib.parse import quote",
        "from io import BytesIO\nfrom http import HTTPStatus\nimport orjson",
        "from postroom.imap.parsing.wire import Framer\nfrom postroom.errors import Permanent",
        "from postroom.accounts import lifecycle",
        "from postroom.clock import iso",
        "from socket import EAI_AGAIN, gaierror\nfrom aiosmtplib import SMTPException",
        "from postroom.accounts.journal import LeaseLost",
    ],
)
def test_pure_things_pass(text: str) -> None:
    assert impurities(sample(text)) == []


@pytest.mark.parametrize(
    ("docstring", "says_so"),
    [
        ("Counts. Pure.", True),
        ("Counts.\n\nPure: the caller brings the time.", True),
        ("Pure values, and nothing else.", True),
        ("The purest of modules, with pure functions.", False),
        ("Knows nothing of Pure.", False),
    ],
)
def test_a_module_says_that_it_is_pure_in_a_sentence_of_its_docstring(docstring: str, says_so: bool) -> None:
    assert is_pure(sample(f'"""{docstring}"""')) is says_so
