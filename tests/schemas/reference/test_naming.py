"""Schemas of the OpenAPI document: titles in words, queries apart from what is shared."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from postroom.schemas.reference.naming import Schemas, in_words


class Inner(TypedDict):
    """Inside."""

    serviceUrl: str


class Outer(TypedDict):
    """Outside."""

    inner: Inner


class Asked(BaseModel):
    """A query."""

    page: int = 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account", "Account"),
        ("serviceUrl", "Service URL"),
        ("webhooksCustomHeaders", "Webhooks custom headers"),
        ("disableIMAP4rev2", "Disable IMAP4rev2"),
        ("enableOAuthTokensApi", "Enable OAuth tokens API"),
        ("OAuth2Change", "OAuth2 change"),
        ("ListedAccount", "Listed account"),
        ("_source", "Source"),
        ("tz", "Time zone"),
    ],
)
def test_titles_are_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_what_is_shared_has_a_name_and_a_query_has_none() -> None:
    schemas = Schemas([Outer, str], [Asked])
    assert set(schemas.components) == {"Inner", "Outer"}
    assert schemas.of(Outer) == {"$ref": "#/components/schemas/Outer"}
    assert schemas.of(str) == {"type": "string"}
    assert schemas.components["Inner"]["properties"]["serviceUrl"]["title"] == "Service URL"
    assert list(schemas.of(Asked)["properties"]) == ["page"]
