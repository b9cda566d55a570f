"""Bodies that change messages: what they take, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.changes import DeletionQuery, MessageChange, MessagesChange, MessagesDeletion


@pytest.mark.parametrize(
    ("sent", "valid"),
    [
        ({}, {}),
        ({"flags": {"add": "\\Seen"}}, {"flags": {"add": ["\\Seen"]}}),
        ({"flags": {"set": []}}, {"flags": {"set": []}}),
        ({"labels": {"add": ["Ärger", "\\Important"]}}, {"labels": {"add": ["Ärger", "\\Important"]}}),
        ({"flags": {"add": [f"f{n}" for n in range(128)]}}, {"flags": {"add": [f"f{n}" for n in range(128)]}}),
    ],
)
def test_changes(sent: Any, valid: Any) -> None:
    assert TypeAdapter(MessageChange).validate_python(sent) == valid


@pytest.mark.parametrize("flag", ["", "a b", "\\", "\\a\\b", "ü", "(x)", "\\recent", "x" * 251, 7])
def test_what_is_no_flag(flag: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MessageChange).validate_python({"flags": {"add": [flag]}})


@pytest.mark.parametrize("label", ["", "a\nb", "\\a b", "x" * 251])
def test_what_is_no_label(label: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MessageChange).validate_python({"labels": {"delete": [label]}})


def test_a_search_is_required() -> None:
    assert TypeAdapter(MessagesDeletion).validate_python({"search": {"seen": "true"}}) == {"search": {"seen": True}}
    for kind, body in ((MessagesDeletion, {}), (MessagesChange, {"update": {}}), (MessagesChange, {"search": {}})):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(body)


@pytest.mark.parametrize(("sent", "force"), [({}, False), ({"force": "true"}, True), ({"force": ""}, False)])
def test_force(sent: Any, force: bool) -> None:
    assert DeletionQuery.model_validate(sent).force is force
