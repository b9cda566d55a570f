"""Modules without their long docstrings: they run as always, and what they need of the texts stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LONG = "A docstring that is long enough to be left out, because it says the same thing twice, the same thing twice."
MODULE = f'''"""{LONG}"""

class Made:
    """{LONG}"""

    def long(self):
        """{LONG}"""
        return [letter for letter in "ab"]

    def short(self):
        """Name."""
        return "Name."

    def bare(self):
        return "{LONG}"

async def agen():
    """{LONG}"""
    yield 1

def built(words):
    """{LONG}"""
    def inner():
        """{LONG}"""
        return words
    inner.__doc__ += " And more."
    return inner

many = [each for each in ("{LONG}",)]
one = list("{LONG}" for each in "a")
small = lambda: "{LONG}"
'''
WITHOUT = "from postroom.footprint.docstrings import leave_out_docstrings\nleave_out_docstrings()\n"
ASKED = """
import json
import other as kept, pydantic_core as other, postroom.footprint.dataclass as own
inner = other.built("said")
print(json.dumps({
    "long": [other.Made.long.__doc__, other.Made().long()],
    "short": [other.Made.short.__doc__, other.Made().short()],
    "bare": [other.Made.bare.__doc__, other.Made().bare()],
    "class": other.Made.__doc__,
    "agen": other.agen.__doc__,
    "inner": [inner.__doc__, inner()],
    "values": [other.many, other.one, other.small()],
    "kept": [kept.Made.__doc__, kept.Made.long.__doc__],
    "own function": own._drop_stale_weakref.__doc__,
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("modules")
    # The name of a library, so that it is treated as one.
    (folder / "pydantic_core.py").write_text(MODULE)
    (folder / "other.py").write_text(MODULE)
    return json.loads(printed(WITHOUT + ASKED, folder))


def printed(code: str, folder: Path | None = None) -> str:
    """What a process of its own prints."""
    run = [sys.executable, "-c", code]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=120, check=True).stdout


def test_long_docstrings_are_left_out(seen: Any) -> None:
    assert seen["long"] == [" ", ["a", "b"]]
    assert seen["agen"] == " "
    assert seen["class"] == " "
    assert seen["own function"] == " "


def test_a_short_one_may_be_a_value_and_stays(seen: Any) -> None:
    assert seen["short"] == ["Name.", "Name."]


def test_other_texts_stay(seen: Any) -> None:
    assert seen["bare"] == [None, LONG]
    assert seen["values"] == [[LONG], [LONG], LONG]


def test_those_of_other_libraries_stay(seen: Any) -> None:
    assert seen["kept"] == [LONG, LONG]


def test_words_can_be_added_to_a_docstring(seen: Any) -> None:
    assert seen["inner"] == ["  And more.", "said"]


def test_docstrings_of_our_classes_stay() -> None:
    """Some of them are messages of errors."""
    shown = printed(WITHOUT + "from postroom.access.service import NoSuchAccount\nprint(NoSuchAccount.__doc__)")
    assert len(shown) > len("None\n")


def test_the_interface_is_described_in_the_same_words() -> None:
    """Docstrings of request and answer types are in the OpenAPI document."""
    build = (
        "import hashlib, json\n"
        "from postroom.api.reference import openapi\n"
        "from postroom.api.routes.table import ROUTES\n"
        "print(hashlib.sha256(json.dumps(openapi.build(ROUTES, '1')).encode()).hexdigest())"
    )
    digests = [printed(build), printed(WITHOUT + build)]
    assert digests[0] == digests[1]


def test_parts_of_libraries_that_need_docstrings_work() -> None:
    """SQLAlchemy's ORM asserts that events have docstrings, and has a property of that name."""
    code = (
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
        "class Model(DeclarativeBase): pass\n"
        "class Row(Model):\n"
        "    __tablename__ = 'rows'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n"
        "print(Row.__table__.name, isinstance(Row.id.__doc__, str | None))"
    )
    assert printed(WITHOUT + code).strip() == "rows True"
