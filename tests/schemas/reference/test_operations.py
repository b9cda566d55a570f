"""Every operation of the document is shown, under its noun."""

from __future__ import annotations

from typing import cast

from postroom.schemas.reference.operations import groups_of
from postroom.schemas.reference.shapes import OpenApiDocument
from tests.api import contract


def document_of() -> OpenApiDocument:
    return cast("OpenApiDocument", contract.document())


def test_every_operation_is_there_once() -> None:
    document = document_of()
    groups = groups_of(document)
    assert [group.name for group in groups] == [tag["name"] for tag in document["tags"]]
    shown = [each.id for group in groups for each in group.operations]
    told = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert sorted(shown) == sorted(told)


def test_an_operation_in_words() -> None:
    (found,) = (each for group in groups_of(document_of()) for each in group.operations if each.id == "deleteToken")
    assert (found.method, found.path, found.tag) == ("DELETE", "/v1/tokens/{id}", "Tokens")
    assert (found.needs or {})["action"] == "destructive"
    assert [(each.name, each.place, each.required) for each in found.parameters] == [("id", "path", True)]
    assert "curl -X DELETE" in found.curl.text
    assert "delete token" in found.find
