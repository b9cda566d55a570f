"""A lean process does without what a gateway never uses, and still works."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

LEAN = "from postroom.footprint.lean import be_lean\nbe_lean()\n"
ASKED = """
import copy, json, os, pickle, sys
import pydantic, starlette.exceptions, sqlalchemy
from pydantic import BaseModel

class Model(BaseModel):
    x: int = 1

Model()
early = {"importlib.metadata._meta", "email.message", "zipfile"} & set(sys.modules)
import importlib.metadata, http.client
from postroom.mail.flags import Flags
from postroom.imap.responses import FlagsData, StatusResponse

value = StatusResponse("a1", "OK", None, "done")
twin = StatusResponse("a1", "OK", None, "done")
copies = [copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))]
alike = [value == twin, hash(value) == hash(twin), *(each == value for each in copies)]
try:
    value.text = "changed"
except Exception as error:
    value = type(error).__name__
print(json.dumps({
    "early": sorted(early),
    "plugins": os.environ["PYDANTIC_DISABLE_PLUGINS"],
    "phrase": starlette.exceptions.HTTPException(404).detail,
    "version": importlib.metadata.version("pydantic") == pydantic.VERSION,
    "entries": type(importlib.metadata.entry_points(group="pydantic")).__name__,
    "alike": alike,
    "text": repr(value),
}))
"""


def asked(program: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def lean() -> dict[str, Any]:
    return asked(LEAN + ASKED)


def test_what_is_never_used_is_not_loaded(lean: dict[str, Any]) -> None:
    assert lean["early"] == []
    assert lean["plugins"] == "__all__"


def test_what_is_asked_for_after_all_is_loaded(lean: dict[str, Any]) -> None:
    assert lean["phrase"] == "Not Found"
    assert lean["version"]
    assert lean["entries"] == "EntryPoints"


def test_values_have_no_guard_and_are_as_always(lean: dict[str, Any]) -> None:
    assert lean["alike"] == [True] * 5
    assert lean["text"] == "StatusResponse(tag='a1', status='OK', code=None, text='changed')"


def test_plugins_that_somebody_asked_for_stay() -> None:
    program = f"import os\nos.environ['PYDANTIC_DISABLE_PLUGINS'] = 'one'\n{LEAN}"
    assert asked(f"{program}\nimport json\nprint(json.dumps(dict(os.environ)))")["PYDANTIC_DISABLE_PLUGINS"] == "one"


GUARDED = """
import json
from dataclasses import FrozenInstanceError
from postroom.footprint.dataclass import dataclass, leave_out_guards

@dataclass(frozen=True, slots=True)
class Before:
    x: int = 1

leave_out_guards()

@dataclass(frozen=True, slots=True)
class After(Before):
    y: int = 2

def refuses(value):
    try:
        value.x = 3
    except FrozenInstanceError:
        return True

print(json.dumps({"before": refuses(Before()), "after": refuses(After()), "text": repr(After())}))
"""


def test_a_class_below_which_one_has_the_guard_has_it_too() -> None:
    assert asked(GUARDED) == {"before": True, "after": True, "text": "After(x=1, y=2)"}


ALL = """
import importlib, json, pkgutil
import postroom

for module in pkgutil.walk_packages(postroom.__path__, "postroom."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(json.dumps({}))
"""


def test_every_module_can_be_loaded() -> None:
    """A class with the guard cannot be built on one without it."""
    assert asked(LEAN + ALL) == {}
