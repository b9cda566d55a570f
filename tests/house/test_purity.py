"""House rule: what decides is pure; the protocol, MIME, the account's states and the sync plan wait for nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

PURE = (
    *("postroom.imap", "postroom.mail", "postroom.accounts.lifecycle", "postroom.sync.folder.plan"),
    *("postroom.words", "postroom.echoes"),
)
IMPURE_LIBRARIES = {
    *("asyncio", "concurrent", "multiprocessing", "threading", "subprocess", "signal", "sched"),
    *("socket", "socketserver", "ssl", "select", "selectors", "http", "urllib.request", "smtplib", "imaplib"),
    *("os", "io", "shutil", "tempfile", "pathlib", "sqlite3", "logging", "time", "random", "secrets"),
}
# A buffer in memory.
PURE_PARTS = {"io.BytesIO"}
# Tables, no more.
PURE_LIBRARIES = {"webencodings.labels.LABELS"}
CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"}
# Pure itself: plain data, or only the way to name a failure.
OURS_THAT_ARE_PURE = (*PURE, "postroom.errors")


def impurities(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        if name.startswith("."):
            continue
        if name.startswith("postroom"):
            if not Module(name, "", "").is_in(*OURS_THAT_ARE_PURE):
                yield f"{module.path}:{line}: imports {name}"
        elif name in PURE_PARTS:
            continue
        elif any(name == library or name.startswith(f"{library}.") for library in IMPURE_LIBRARIES):
            yield f"{module.path}:{line}: imports {name}"
        elif name.partition(".")[0] not in sys.stdlib_module_names and name not in PURE_LIBRARIES:
            yield f"{module.path}:{line}: imports {name}, which is not in the standard library"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{module.path}:{node.lineno}: waits"
        elif isinstance(node, ast.Call) and (dotted(node.func) in CLOCK_CALLS or dotted(node.func) == "open"):
            yield f"{module.path}:{node.lineno}: calls {dotted(node.func)}"


def test_pure_modules_are_pure() -> None:
    modules = [module for module in product_modules() if module.is_in(*PURE)]
    assert {"postroom.imap.parsing.wire", "postroom.accounts.lifecycle"} <= {module.name for module in modules}
    assert [problem for module in modules for problem in impurities(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "import socket",
        "from time import monotonic",
        "import urllib.request",
        "import orjson",
        "from postroom.storage import database",
        "from postroom.log import logger",
        "async def f(): pass",
        "from datetime import datetime\ndatetime.now()",
        "open('x')",
    ],
)
def test_impurities_are_caught(text: str) -> None:
    assert len(list(impurities(sample(text)))) == 1


def test_pure_things_pass() -> None:
    text = "import re\nimport email.header\nfrom datetime import datetime\nfrom urllib.parse import quote\n"
    assert list(impurities(sample(text + "from postroom.imap import wire\nfrom . import names"))) == []
