"""The client works without the libraries of the server: `pip install "postroom[client]"` brings no database driver.

A process of its own cannot import any library that only the server, the tests or other extras need.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.client.transports.cases import TOKEN
from tests.fakes.scripted_http import ScriptedHttp, reply
from tests.house.modules import PROJECT, product_modules

MODULES = (
    *("postroom.client", "postroom.moving"),
    *("postroom.schemas.answers", "postroom.schemas.requests", "postroom.schemas.examples"),
)
"""What must be usable without the server. `postroom.schemas.showing` is for the server alone."""

PROGRAM = """
import importlib, json, sys

blocked, modules, url, token = json.loads(sys.argv[1])

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not installed here", name=name)

sys.meta_path.insert(0, Absent())
absent = []
for name in ("sqlalchemy", "starlette", "orjson", "cryptography", "structlog"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        absent.append(name)
for name in modules:
    importlib.import_module(name)
from postroom.client import Postroom
with Postroom(url, token) as client:
    print(json.dumps({"absent": absent, "answer": client.health.check()}))
"""


def needed(requirements: list[str]) -> set[str]:
    """The distributions that these requirements bring, by their canonical names."""
    found: set[str] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        try:
            further = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        wanted = [Requirement(each) for each in further]
        fitting = [
            each
            for each in wanted
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
        ]
        if name not in found:
            waiting += fitting
        found.add(name)
    return found


def installed() -> tuple[set[str], set[str]]:
    """The top-level modules that the client's installation has, and those that are here and it has not."""
    project: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = needed([*project["dependencies"], *project["optional-dependencies"]["client"]])
    found = packages_distributions()
    there = {top for top, by in found.items() if {canonicalize_name(each) for each in by} & names}
    return there, set(found) - there - {"postroom"}


def test_the_client_needs_nothing_of_the_server() -> None:
    modules = [module.name for module in product_modules() if module.is_in(*MODULES)]
    assert len(modules) > 60
    with ScriptedHttp(reply(200, {"success": True})) as server:
        given = json.dumps([sorted(installed()[1]), modules, server.url, TOKEN])
        ended = subprocess.run([sys.executable, "-c", PROGRAM, given], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["answer"] == {"success": True}
    assert told["absent"] == ["sqlalchemy", "starlette", "orjson", "cryptography", "structlog"]


def test_what_the_client_brings_is_small() -> None:
    there, absent = installed()
    assert {"httpx", "pydantic", "typer", "rich", "idna"} <= there
    assert {"sqlalchemy", "asyncpg", "aiohttp", "starlette", "uvicorn", "cryptography", "orjson", "nh3"} <= absent
