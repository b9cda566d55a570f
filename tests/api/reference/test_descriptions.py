"""The sentences of the reference: one entry for each operation, and nothing in them that is not there."""

from __future__ import annotations

import re

import pytest

from postroom.api.pipeline.router import Router
from postroom.api.reference.descriptions import DESCRIPTIONS
from postroom.api.routes.table import ROUTES
from postroom.configuration.keys import KEYS
from tests.api import contract


def test_every_operation_is_described_and_nothing_else_is() -> None:
    assert set(DESCRIPTIONS) == {route.operation for route in ROUTES}
    assert [name for name, words in DESCRIPTIONS.items() if not words.endswith(".")] == []
    assert "metadata.KEY" in contract.document()["paths"]["/v1/accounts"]["get"]["description"]


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_is_a_few_sentences(name: str) -> None:
    words = DESCRIPTIONS[name]
    assert words[0].isupper()
    assert words == " ".join(words.split())
    assert len(words) < 450
    assert words.count("`") % 2 == 0


def test_the_paths_that_are_named_exist() -> None:
    router: Router[str] = Router()
    for route in ROUTES:
        router.add(route.method, route.path, route.operation)
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/\S+?)`", " ".join(DESCRIPTIONS.values()))
    assert {path for _, path in named} == {"/v1/tokens", "/openapi.json"}
    for method, path in named:
        router.find(method, path)


def test_the_settings_that_are_named_exist() -> None:
    assert "`enableOAuthTokensApi`" in DESCRIPTIONS["getAccessToken"]
    assert "enableOAuthTokensApi" in KEYS
