"""Each provider has a form with what it needs, and every field of the API has its place in one of them."""

from __future__ import annotations

import pytest

from postroom.oauth2.model import App, problems
from postroom.oauth2.providers import PROVIDERS
from postroom.schemas.requests.oauth2 import NewApp
from postroom.web.dashboard.inputs.made import InputKind
from postroom.web.dashboard.oauth2.asked import PROVIDER_WORDS, app_inputs

APP = App(
    "id",
    "oidc",
    {"name": "N", "enabled": True, "extraScopes": ["a", "b"], "imap": {"host": "h", "port": 993, "secure": False}},
    0,
    0,
    {"clientSecret": "s3cret"},
)


def test_every_provider_and_every_field_is_there() -> None:
    assert tuple(PROVIDER_WORDS) == PROVIDERS
    names = {
        each.name.partition(".")[0] for kind in PROVIDERS for inputs in app_inputs(kind, None, None) for each in inputs
    }
    # These have one value each, and the provider is chosen first.
    assert set(NewApp.__annotations__) - names == {"provider", "baseScopes", "authMethod"}


@pytest.mark.parametrize("kind", PROVIDERS)
def test_what_a_provider_needs_is_among_the_first_inputs(kind: str) -> None:
    first = {each.name.partition(".")[0] for each in app_inputs(kind, None, None)[0]}
    assert {problem.key.partition(".")[0] for problem in problems({"provider": kind})} <= first


def test_a_form_shows_what_is_stored_and_no_secret() -> None:
    first, further = app_inputs("oidc", APP, None)
    shown = {each.name: each for each in (*first, *further)}
    assert (shown["imap.host"].value, shown["imap.port"].value, shown["imap.secure"].value) == ("h", "993", "false")
    assert (shown["extraScopes"].value, shown["enabled"].value) == ("a\nb", "1")
    secret = shown["clientSecret"]
    assert (secret.kind, secret.value, "keep it" in secret.aside) == (InputKind.SECRET, "", True)
    assert "s3cret" not in str(shown)
    assert "id" not in shown


def test_what_was_entered_stays_but_for_secrets() -> None:
    first, further = app_inputs("gmail", None, {"name": "Mine", "clientSecret": "s3cret"})
    shown = {each.name: each.value for each in (*first, *further)}
    assert (shown["name"], shown["clientSecret"], shown["enabled"]) == ("Mine", "", "")
    assert {each.name: each.value for each in app_inputs("gmail", None, None)[1]}["enabled"] == "1"
