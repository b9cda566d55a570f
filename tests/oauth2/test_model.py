"""What an application lacks is named, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.oauth2.model import find_masked, problems

CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"provider": "gmail"}, {"clientId", "clientSecret"}),
    ({"provider": "outlook"}, {"clientId"}),
    ({"provider": "mailRu", "clientId": "x"}, {"clientSecret"}),
    ({"provider": "outlookService", "clientId": "x", "clientSecret": "y"}, {"tenant"}),
    ({"provider": "outlookService", "clientId": "x", "clientSecret": "y", "tenant": "common"}, {"tenant"}),
    ({"provider": "outlookService", "clientId": "x", "clientSecret": "y", "tenant": "contoso.com"}, set()),
    ({"provider": "gmailService"}, {"serviceClient", "serviceClientEmail", "serviceKey"}),
    (
        {"provider": "gmailService", "serviceClient": "1", "serviceClientEmail": "a@b", "serviceKey": "no key"},
        {"serviceKey"},
    ),
    ({"provider": "oidc", "clientId": "x"}, {"discoveryUrl", "imap"}),
    ({"provider": "pigeon"}, {"provider"}),
]


@pytest.mark.parametrize(("body", "keys"), CASES)
def test_what_is_missing_is_named(body: dict[str, Any], keys: set[str]) -> None:
    assert {problem.key for problem in problems(body)} == keys


def test_placeholders_are_found() -> None:
    assert [problem.key for problem in find_masked({"clientSecret": "******", "serviceKey": "k"})] == ["clientSecret"]
