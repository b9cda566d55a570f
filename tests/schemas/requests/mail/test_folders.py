"""Names of folders in requests."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.folders import FolderName, FolderQuery

ADAPTER: TypeAdapter[Any] = TypeAdapter(FolderName)


@pytest.mark.parametrize("name", ["Work", ["Work", "Übersee"], "x" * 1024, ["x" * 256] * 64, "\\Sent"])
def test_a_name_is_taken_as_it_is(name: Any) -> None:
    assert ADAPTER.validate_python(name) == name


@pytest.mark.parametrize("name", ["", None, 7, [], [""], [None], "x" * 1025, ["x" * 257], ["x"] * 65, "a\nb", ["a\0b"]])
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(name)


def test_a_query_names_one_folder() -> None:
    assert FolderQuery.model_validate({"path": "Work"}).path == "Work"
    for wrong in ({}, {"path": ["Work"]}, {"path": "a\tb"}):
        with pytest.raises(ValidationError):
            FolderQuery.model_validate(wrong)
